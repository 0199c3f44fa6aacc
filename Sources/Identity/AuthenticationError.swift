/// Why a token does not tell who the caller is.
public enum AuthenticationError: Error, Sendable, Equatable {
    /// Neither a JWT of ours nor an API key; or expired.
    case invalidToken
    case expiredToken
    /// The token is good, but its account is gone.
    case unknownUser
    case unknownAPIKey
    /// API keys are off, or the owner has no right to use one.
    case apiKeysDisabled
    case endpointNotAllowed
    case overloaded
    /// The database does not answer.
    case databaseUnavailable
    /// The database failed; the cause is in the log.
    case unavailable

    /// What to answer.
    public var response: APIError {
        switch self {
        case .invalidToken, .expiredToken: .unauthorized
        case .unknownUser, .unknownAPIKey: .invalidToken
        case .apiKeysDisabled: .apiKeyNotAllowed
        case .endpointNotAllowed: .apiKeyEndpointNotAllowed
        case .overloaded: .overloaded
        case .databaseUnavailable: .databaseUnavailable
        case .unavailable: .internalError
        }
    }
}
