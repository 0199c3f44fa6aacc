/// Why a sign-in over a provider has failed.
public struct OAuthError: Error, Sendable, Equatable {
    /// What went wrong, for the log: no secret, no code and no token is in it.
    public let cause: String
    /// What the browser may know: vague on purpose, for whoever got here may be no friend.
    public let shown: APIError

    public init(_ cause: String, shown: APIError = .invalidCredentials) {
        self.cause = cause
        self.shown = shown
    }
}

extension APIError {
    /// Told apart from a path that is not there, so that an operator sees what is missing.
    public static let unknownProvider = APIError(status: 404, detail: "This sign-in provider is not configured")
    public static let tokenExchangeDisabled = APIError(status: 403, detail: "Token exchange is disabled")
    static let exchangeInvalidToken = APIError(
        status: 400, detail: "Invalid token or unable to validate with provider")
    static let exchangeMissingSubject = APIError(status: 400, detail: "Token missing required 'sub' claim")
    static let exchangeMissingEmail = APIError(status: 400, detail: "Token missing required email claim")
    static let exchangeUnknownUser = APIError(
        status: 403, detail: "User not found. Please sign in via the web interface first.")
}
