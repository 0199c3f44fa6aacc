/// What the hosts of one service tell each other, so that a change on one holds at once on all.
///
/// The database stays the truth: what is told here only says that something remembered does not hold any more, and the
/// answers only add to what the database says.
public protocol SharedEvents: Sendable {
    /// Whether this host hears what the others tell. While it does not, nothing is remembered: every request asks the
    /// database.
    var isHearing: Bool { get }
    /// Tells the others; neither blocks nor waits.
    func accountChanged(userID: String)
    /// Tells the others; neither blocks nor waits.
    /// - Parameter expiresAt: epoch seconds, of the token; nil: it never expires.
    func sessionEnded(jti: String, expiresAt: Int64?)
    /// Whether the session has ended by word of another program that shares the sessions and not Martlet's tables, such as
    /// Open WebUI; false too if that cannot be told now.
    func hasEnded(jti: String) async -> Bool
    /// Counts one attempt to sign in, for all hosts together.
    /// - Returns: whether it may go on; nil: this host must count for itself.
    func allowSignIn(email: String) async -> Bool?
}

/// A host that stands alone.
public struct SingleHost: SharedEvents {
    public init() {}

    public var isHearing: Bool { true }
    public func accountChanged(userID: String) {}
    public func sessionEnded(jti: String, expiresAt: Int64?) {}
    public func hasEnded(jti: String) async -> Bool { false }
    public func allowSignIn(email: String) async -> Bool? { nil }
}
