/// Queries on `martlet_revoked_session` and `martlet_session_floor`: tokens that do not hold though they are signed and
/// not expired.
public enum RevocationTable {
    /// Ends one session.
    /// - Parameter expiresAt: epoch seconds, of the token; nil: it never expires, and so is never forgotten.
    public static func revoke(jti: String, expiresAt: Int64?, in session: some SQLSession) throws {
        try session.run(
            "INSERT INTO martlet_revoked_session (jti, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [.text(jti), expiresAt.map(SQLValue.integer) ?? .null])
    }

    /// Ends all of a user's sessions that were issued before `floor`, apart from one.
    /// - Parameter floor: epoch milliseconds.
    public static func revokeAll(
        userID: String, before floor: Int64, keeping jti: String?, in session: some SQLSession
    ) throws {
        try session.run(
            """
            INSERT INTO martlet_session_floor (user_id, floor, kept_jti) VALUES (?, ?, ?)
            ON CONFLICT (user_id) DO UPDATE SET floor = excluded.floor, kept_jti = excluded.kept_jti
            """, [.text(userID), .integer(floor), .optional(jti)])
    }

    /// - Parameter issuedAt: epoch milliseconds; 0 for a token that does not say it.
    public static func isRevoked(
        jti: String, userID: String, issuedAt: Int64, in session: some SQLSession
    ) throws -> Bool {
        try session.first(
            """
            SELECT 1 FROM martlet_revoked_session WHERE jti = ?
            UNION ALL
            SELECT 1 FROM martlet_session_floor
            WHERE user_id = ? AND floor > ? AND (kept_jti IS NULL OR kept_jti <> ?)
            """, [.text(jti), .text(userID), .integer(issuedAt), .text(jti)]
        ) { try $0.integer(0) } != nil
    }

    /// Forgets sessions whose tokens have expired by themselves; at most `limit`.
    /// - Returns: how many.
    @discardableResult
    public static func purge(expiredBefore now: Int64, limit: Int, in session: some SQLSession) throws -> Int {
        try session.run(
            """
            DELETE FROM martlet_revoked_session WHERE jti IN
            (SELECT jti FROM martlet_revoked_session WHERE expires_at < ? LIMIT ?)
            """, [.integer(now), .integer(Int64(limit))])
    }

    static func forget(userID: String, in session: some SQLSession) throws {
        try session.run("DELETE FROM martlet_session_floor WHERE user_id = ?", [.text(userID)])
    }
}
