extension Schema {
    /// Jobs, their archive, and what the backends did.
    ///
    /// A stock Open WebUI database lacks these, so the same text is a migration: every statement is repeatable.
    static func jobs(_ type: ColumnTypes) -> String {
        """
        CREATE TABLE IF NOT EXISTS "job" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            status TEXT DEFAULT 'queued' NOT NULL,
            priority INTEGER DEFAULT '5' NOT NULL,
            priority_score FLOAT DEFAULT '5.0' NOT NULL,
            model_id TEXT,
            backend_url TEXT,
            request JSON,
            result JSON,
            error TEXT,
            attempt_count INTEGER DEFAULT '0' NOT NULL,
            max_attempts INTEGER DEFAULT '3' NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (id)
        );
        CREATE INDEX IF NOT EXISTS job_user_id_idx ON job (user_id);
        CREATE INDEX IF NOT EXISTS job_user_status_idx ON job (user_id, status);
        CREATE INDEX IF NOT EXISTS job_created_at_idx ON job (created_at);
        CREATE INDEX IF NOT EXISTS job_status_priority_score_idx ON job (status, priority_score);
        CREATE TABLE IF NOT EXISTS "job_archive" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            status TEXT NOT NULL,
            priority INTEGER DEFAULT '5' NOT NULL,
            priority_score FLOAT DEFAULT '5.0' NOT NULL,
            model_id TEXT,
            backend_url TEXT,
            request JSON,
            result JSON,
            error TEXT,
            attempt_count INTEGER DEFAULT '0' NOT NULL,
            max_attempts INTEGER DEFAULT '3' NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            archived_at BIGINT NOT NULL,
            PRIMARY KEY (id)
        );
        CREATE INDEX IF NOT EXISTS job_archive_user_id_idx ON job_archive (user_id);
        CREATE INDEX IF NOT EXISTS job_archive_status_idx ON job_archive (status);
        CREATE INDEX IF NOT EXISTS job_archive_created_at_idx ON job_archive (created_at);
        CREATE INDEX IF NOT EXISTS job_archive_archived_at_idx ON job_archive (archived_at);
        CREATE TABLE IF NOT EXISTS "backend_snapshot" (
            id \(type.serial) NOT NULL,
            captured_at BIGINT NOT NULL,
            backend_url TEXT NOT NULL,
            cpu_percent FLOAT,
            ram_percent FLOAT,
            active_jobs INTEGER,
            queued_jobs INTEGER,
            loaded_models INTEGER,
            vram_used_gb FLOAT,
            avg_tokens_per_second FLOAT,
            PRIMARY KEY (id)
        );
        CREATE INDEX IF NOT EXISTS backend_snapshot_backend_url_idx ON backend_snapshot (backend_url);
        CREATE INDEX IF NOT EXISTS backend_snapshot_captured_at_idx ON backend_snapshot (captured_at);
        """
    }
}
