extension Schema {
    /// Sessions that ended before their tokens expire, and what happened at the gate.
    ///
    /// `martlet_revoked_session`: one token by its `jti`, kept until it expires (`expires_at`, epoch seconds; NULL: never).
    /// `martlet_session_floor`: of one user no token that was issued before `floor` (epoch milliseconds) holds, apart
    /// from the one `kept_jti`. `martlet_audit`: `at` in epoch milliseconds.
    static func sessions(_ type: ColumnTypes) -> String {
        """
        CREATE TABLE IF NOT EXISTS "martlet_revoked_session" (
            jti TEXT NOT NULL,
            expires_at BIGINT,
            PRIMARY KEY (jti)
        );
        CREATE INDEX IF NOT EXISTS martlet_revoked_session_expires_at ON martlet_revoked_session (expires_at);
        CREATE TABLE IF NOT EXISTS "martlet_session_floor" (
            user_id TEXT NOT NULL,
            floor BIGINT NOT NULL,
            kept_jti TEXT,
            PRIMARY KEY (user_id)
        );
        CREATE TABLE IF NOT EXISTS "martlet_audit" (
            id \(type.serial) NOT NULL,
            at BIGINT NOT NULL,
            event TEXT NOT NULL,
            result TEXT NOT NULL,
            user_id TEXT,
            email TEXT,
            source TEXT,
            detail TEXT,
            request_id TEXT,
            PRIMARY KEY (id)
        );
        CREATE INDEX IF NOT EXISTS martlet_audit_at ON martlet_audit (at);
        CREATE INDEX IF NOT EXISTS martlet_audit_user_id ON martlet_audit (user_id, at);
        """
    }
}
