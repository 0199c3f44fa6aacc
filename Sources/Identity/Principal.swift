/// What an account may do at all.
public enum Role: String, Sendable, Codable, CaseIterable {
    /// Signed up, not let in yet: may see its own session, nothing else.
    case pending
    case user
    case admin

    /// Any text that is none of the three counts as `pending`: the least.
    public init(stored: String) {
        self = Role(rawValue: stored) ?? .pending
    }
}

/// Who a request comes from.
public struct Principal: Sendable, Hashable {
    public enum Credential: Sendable, Hashable {
        /// A JWT; `expiresAt` in epoch seconds, nil if it does not expire.
        case session(jti: String, expiresAt: Int64?)
        case apiKey
    }

    public let userID: String
    public let email: String
    public let name: String
    public let role: Role
    public let credential: Credential

    public init(userID: String, email: String, name: String, role: Role, credential: Credential) {
        self.userID = userID
        self.email = email
        self.name = name
        self.role = role
        self.credential = credential
    }
}
