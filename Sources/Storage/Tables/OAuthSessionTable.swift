/// A row of `oauth_session`, without the provider's tokens, which leave the database only to be used.
public struct OAuthSession: Sendable, Equatable {
    public var id: String
    public var userID: String
    public var provider: String
    /// Epoch seconds, as the two below.
    public var expiresAt: Int64
    public var createdAt: Int64
    public var updatedAt: Int64

    public init(id: String, userID: String, provider: String, expiresAt: Int64, now: Int64) {
        self.id = id
        self.userID = userID
        self.provider = provider
        self.expiresAt = expiresAt
        createdAt = now
        updatedAt = now
    }
}

/// Queries on `oauth_session`. Tokens are encrypted by whoever calls.
public enum OAuthSessionTable {
    private static let columns = "id, user_id, provider, expires_at, created_at, updated_at"

    /// The sessions of a user, the newest first.
    public static func of(userID: String, in session: some SQLSession) throws -> [OAuthSession] {
        try session.rows(
            "SELECT \(columns) FROM oauth_session WHERE user_id = ? ORDER BY created_at DESC, id", [.text(userID)],
            decode)
    }

    public static func find(
        id: String, in session: some SQLSession
    ) throws -> (session: OAuthSession, token: String)? {
        try session.first("SELECT \(columns), token FROM oauth_session WHERE id = ?", [.text(id)]) {
            (try decode($0), try $0.text(6))
        }
    }

    /// The one session of its user and provider: an older one goes.
    public static func replace(with new: OAuthSession, token: String, in session: some SQLSession) throws {
        try session.run(
            "DELETE FROM oauth_session WHERE user_id = ? AND provider = ?", [.text(new.userID), .text(new.provider)])
        try session.run(
            "INSERT INTO oauth_session (\(columns), token) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                .text(new.id), .text(new.userID), .text(new.provider), .integer(new.expiresAt),
                .integer(new.createdAt), .integer(new.updatedAt), .text(token),
            ])
    }

    /// After a refresh.
    /// - Parameter old: the token that was refreshed; when another is there by now, nothing changes.
    /// - Returns: whether it was changed.
    @discardableResult
    public static func update(
        id: String, token: String, expiresAt: Int64, at time: Int64, replacing old: String,
        in session: some SQLSession
    ) throws -> Bool {
        try session.run(
            "UPDATE oauth_session SET token = ?, expires_at = ?, updated_at = ? WHERE id = ? AND token = ?",
            [.text(token), .integer(expiresAt), .integer(time), .text(id), .text(old)]) > 0
    }

    /// - Parameter token: only while this is its token; nil: whatever it is.
    @discardableResult
    public static func delete(id: String, holding token: String? = nil, in session: some SQLSession) throws -> Bool {
        guard let token else { return try session.run("DELETE FROM oauth_session WHERE id = ?", [.text(id)]) > 0 }
        return try session.run(
            "DELETE FROM oauth_session WHERE id = ? AND token = ?", [.text(id), .text(token)]) > 0
    }

    private static func decode(_ row: any SQLRow) throws -> OAuthSession {
        var found = OAuthSession(
            id: try row.text(0), userID: try row.text(1), provider: try row.text(2), expiresAt: try row.integer(3),
            now: try row.integer(4))
        found.updatedAt = try row.integer(5)
        return found
    }
}
