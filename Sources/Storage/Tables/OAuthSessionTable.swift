/// A row of `oauth_session`, without the provider's tokens, which leave the database only to be used.
public struct OAuthSession: Sendable, Equatable {
    public var id: String
    public var userID: String
    public var provider: String
    /// Epoch seconds, as the two below.
    public var expiresAt: Int64
    public var createdAt: Int64
    public var updatedAt: Int64
}

/// Queries on `oauth_session`.
public enum OAuthSessionTable {
    /// The sessions of a user, the newest first.
    public static func of(userID: String, in session: some SQLSession) throws -> [OAuthSession] {
        try session.rows(
            """
            SELECT id, user_id, provider, expires_at, created_at, updated_at FROM oauth_session
            WHERE user_id = ? ORDER BY created_at DESC, id
            """, [.text(userID)]
        ) { row in
            OAuthSession(
                id: try row.text(0), userID: try row.text(1), provider: try row.text(2), expiresAt: try row.integer(3),
                createdAt: try row.integer(4), updatedAt: try row.integer(5))
        }
    }
}
