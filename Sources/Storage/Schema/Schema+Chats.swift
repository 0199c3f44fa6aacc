extension Schema {
    /// Tables of Open WebUI 0.8 for chats and what belongs to them.
    static func chats(_ type: ColumnTypes) -> String {
        """
        CREATE TABLE "chat" (
            "id" VARCHAR(255) NOT NULL,
            "user_id" VARCHAR(255) NOT NULL,
            "title" TEXT NOT NULL,
            "share_id" VARCHAR(255),
            "archived" \(type.flag) NOT NULL,
            "created_at" \(type.chatTime) NOT NULL,
            "updated_at" \(type.chatTime) NOT NULL,
            chat JSON,
            pinned BOOLEAN,
            meta JSON DEFAULT '{}' NOT NULL,
            folder_id TEXT
        );
        CREATE UNIQUE INDEX "chat_id" ON "chat" ("id");
        CREATE UNIQUE INDEX "chat_share_id" ON "chat" ("share_id");
        CREATE INDEX folder_id_idx ON chat (folder_id);
        CREATE INDEX user_id_pinned_idx ON chat (user_id, pinned);
        CREATE INDEX user_id_archived_idx ON chat (user_id, archived);
        CREATE INDEX updated_at_user_id_idx ON chat (updated_at, user_id);
        CREATE INDEX folder_id_user_id_idx ON chat (folder_id, user_id);
        CREATE TABLE "chatidtag" (
            "id" VARCHAR(255) NOT NULL,
            "tag_name" VARCHAR(255) NOT NULL,
            "chat_id" VARCHAR(255) NOT NULL,
            "user_id" VARCHAR(255) NOT NULL,
            "timestamp" \(type.bigInteger) NOT NULL
        );
        CREATE UNIQUE INDEX "chatidtag_id" ON "chatidtag" ("id");
        CREATE TABLE "chat_file" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            chat_id TEXT NOT NULL,
            file_id TEXT NOT NULL,
            message_id TEXT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (id),
            CONSTRAINT uq_chat_file_chat_file UNIQUE (chat_id, file_id),
            FOREIGN KEY(chat_id) REFERENCES chat (id) ON DELETE CASCADE,
            FOREIGN KEY(file_id) REFERENCES file (id) ON DELETE CASCADE
        );
        CREATE INDEX ix_chat_file_message_id ON chat_file (message_id);
        CREATE INDEX ix_chat_file_chat_id ON chat_file (chat_id);
        CREATE INDEX ix_chat_file_user_id ON chat_file (user_id);
        CREATE INDEX ix_chat_file_file_id ON chat_file (file_id);
        CREATE TABLE "chat_message" (
            id TEXT NOT NULL,
            chat_id TEXT NOT NULL,
            user_id TEXT,
            role TEXT NOT NULL,
            parent_id TEXT,
            content JSON,
            output JSON,
            model_id TEXT,
            files JSON,
            sources JSON,
            embeds JSON,
            done BOOLEAN,
            status_history JSON,
            error JSON,
            usage JSON,
            created_at BIGINT,
            updated_at BIGINT,
            PRIMARY KEY (id),
            FOREIGN KEY(chat_id) REFERENCES chat (id) ON DELETE CASCADE
        );
        CREATE INDEX ix_chat_message_chat_id ON chat_message (chat_id);
        CREATE INDEX ix_chat_message_user_id ON chat_message (user_id);
        CREATE INDEX ix_chat_message_created_at ON chat_message (created_at);
        CREATE INDEX ix_chat_message_model_id ON chat_message (model_id);
        CREATE INDEX chat_message_chat_parent_idx ON chat_message (chat_id, parent_id);
        CREATE INDEX chat_message_model_created_idx ON chat_message (model_id, created_at);
        CREATE INDEX chat_message_user_created_idx ON chat_message (user_id, created_at);
        CREATE TABLE "folder" (
            id TEXT NOT NULL,
            parent_id TEXT,
            user_id TEXT NOT NULL,
            name TEXT NOT NULL,
            items JSON,
            meta JSON,
            is_expanded BOOLEAN NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            data JSON,
            PRIMARY KEY (id, user_id)
        );
        CREATE TABLE "tag" (
            id VARCHAR(255) NOT NULL,
            name VARCHAR(255) NOT NULL,
            user_id VARCHAR(255) NOT NULL,
            meta JSON,
            CONSTRAINT pk_id_user_id PRIMARY KEY (id, user_id)
        );
        CREATE INDEX user_id_idx ON tag (user_id);
        CREATE TABLE "feedback" (
            id TEXT NOT NULL,
            user_id TEXT,
            version BIGINT,
            type TEXT,
            data JSON,
            meta JSON,
            snapshot JSON,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (id)
        );
        CREATE TABLE "memory" (
            "id" VARCHAR(255) NOT NULL,
            "user_id" VARCHAR(255) NOT NULL,
            "content" TEXT NOT NULL,
            "updated_at" \(type.bigInteger) NOT NULL,
            "created_at" \(type.bigInteger) NOT NULL
        );
        CREATE UNIQUE INDEX "memory_id" ON "memory" ("id");
        """
    }
}
