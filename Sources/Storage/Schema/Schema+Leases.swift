extension Schema {
    /// Who does what only one process of all hosts does at a time; `expires_at` in epoch milliseconds.
    static let leases = """
        CREATE TABLE IF NOT EXISTS "martlet_lease" (
            name TEXT NOT NULL,
            holder TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (name)
        );
        CREATE INDEX IF NOT EXISTS martlet_backend_snapshot_latest ON backend_snapshot (backend_url, captured_at);
        """
}
