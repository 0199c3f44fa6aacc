extension Schema {
    /// Tables of Open WebUI 0.8 for channels and their messages.
    static func channels(_ type: ColumnTypes) -> String {
        """
        CREATE TABLE "channel" (
            id TEXT NOT NULL,
            user_id TEXT,
            name TEXT,
            description TEXT,
            data JSON,
            meta JSON,
            created_at BIGINT,
            updated_at BIGINT,
            type TEXT,
            is_private BOOLEAN,
            archived_at BIGINT,
            archived_by TEXT,
            deleted_at BIGINT,
            deleted_by TEXT,
            updated_by TEXT,
            PRIMARY KEY (id),
            UNIQUE (id)
        );
        CREATE TABLE "channel_member" (
            id TEXT NOT NULL,
            channel_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            created_at BIGINT,
            status TEXT,
            is_active BOOLEAN DEFAULT \(type.yes) NOT NULL,
            is_channel_muted BOOLEAN DEFAULT \(type.no) NOT NULL,
            is_channel_pinned BOOLEAN DEFAULT \(type.no) NOT NULL,
            data JSON,
            meta JSON,
            joined_at BIGINT NOT NULL,
            left_at BIGINT,
            last_read_at BIGINT,
            updated_at BIGINT,
            role TEXT,
            invited_by TEXT,
            invited_at BIGINT,
            PRIMARY KEY (id),
            UNIQUE (id)
        );
        CREATE TABLE "channel_webhook" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            channel_id TEXT NOT NULL,
            name TEXT NOT NULL,
            profile_image_url TEXT,
            token TEXT NOT NULL,
            last_used_at BIGINT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (id),
            FOREIGN KEY(channel_id) REFERENCES channel (id) ON DELETE CASCADE
        );
        CREATE TABLE "message" (
            id TEXT NOT NULL,
            user_id TEXT,
            channel_id TEXT,
            content TEXT,
            data JSON,
            meta JSON,
            created_at BIGINT,
            updated_at BIGINT,
            parent_id TEXT,
            reply_to_id TEXT,
            is_pinned BOOLEAN DEFAULT \(type.no) NOT NULL,
            pinned_at BIGINT,
            pinned_by TEXT,
            PRIMARY KEY (id),
            UNIQUE (id)
        );
        CREATE TABLE "channel_file" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            channel_id TEXT NOT NULL,
            file_id TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            message_id TEXT,
            PRIMARY KEY (id),
            CONSTRAINT uq_channel_file_channel_file UNIQUE (channel_id, file_id),
            CONSTRAINT fk_channel_file_message_id FOREIGN KEY(message_id) REFERENCES message (id) ON DELETE CASCADE,
            FOREIGN KEY(file_id) REFERENCES file (id) ON DELETE CASCADE,
            FOREIGN KEY(channel_id) REFERENCES channel (id) ON DELETE CASCADE
        );
        CREATE INDEX ix_channel_file_channel_id ON channel_file (channel_id);
        CREATE INDEX ix_channel_file_user_id ON channel_file (user_id);
        CREATE INDEX ix_channel_file_file_id ON channel_file (file_id);
        CREATE TABLE "message_reaction" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            message_id TEXT NOT NULL,
            name TEXT NOT NULL,
            created_at BIGINT,
            PRIMARY KEY (id),
            UNIQUE (id)
        );
        """
    }
}
