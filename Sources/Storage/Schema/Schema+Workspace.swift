extension Schema {
    /// Tables of Open WebUI 0.8 for files, knowledge, models, prompts, tools, notes.
    static func workspace(_ type: ColumnTypes) -> String {
        """
        CREATE TABLE "document" (
            "id" \(type.serial) NOT NULL PRIMARY KEY,
            "collection_name" VARCHAR(255) NOT NULL,
            "name" VARCHAR(255) NOT NULL,
            "title" TEXT NOT NULL,
            "filename" TEXT NOT NULL,
            "content" TEXT,
            "user_id" VARCHAR(255) NOT NULL,
            "timestamp" \(type.bigInteger) NOT NULL
        );
        CREATE UNIQUE INDEX "document_collection_name" ON "document" ("collection_name");
        CREATE UNIQUE INDEX "document_name" ON "document" ("name");
        CREATE TABLE "file" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            filename TEXT NOT NULL,
            meta JSON,
            created_at \(type.bigInteger) NOT NULL,
            hash TEXT,
            data JSON,
            updated_at BIGINT,
            path TEXT
        );
        CREATE UNIQUE INDEX file_id ON file (id);
        CREATE TABLE "knowledge" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            name TEXT NOT NULL,
            description TEXT,
            meta JSON,
            created_at BIGINT NOT NULL,
            updated_at BIGINT,
            data JSON,
            PRIMARY KEY (id)
        );
        CREATE TABLE "knowledge_file" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            knowledge_id TEXT NOT NULL,
            file_id TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (id),
            CONSTRAINT uq_knowledge_file_knowledge_file UNIQUE (knowledge_id, file_id),
            FOREIGN KEY(knowledge_id) REFERENCES knowledge (id) ON DELETE CASCADE,
            FOREIGN KEY(file_id) REFERENCES file (id) ON DELETE CASCADE
        );
        CREATE INDEX ix_knowledge_file_user_id ON knowledge_file (user_id);
        CREATE INDEX ix_knowledge_file_file_id ON knowledge_file (file_id);
        CREATE INDEX ix_knowledge_file_knowledge_id ON knowledge_file (knowledge_id);
        CREATE TABLE "model" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            base_model_id TEXT,
            name TEXT NOT NULL,
            meta TEXT NOT NULL,
            params TEXT NOT NULL,
            created_at \(type.bigInteger) NOT NULL,
            updated_at \(type.bigInteger) NOT NULL,
            is_active BOOLEAN DEFAULT \(type.yes) NOT NULL
        );
        CREATE UNIQUE INDEX model_id ON model (id);
        CREATE TABLE "note" (
            id TEXT NOT NULL,
            user_id TEXT,
            title TEXT,
            data JSON,
            meta JSON,
            created_at BIGINT,
            updated_at BIGINT,
            PRIMARY KEY (id),
            UNIQUE (id)
        );
        CREATE TABLE "prompt" (
            id TEXT NOT NULL,
            command VARCHAR,
            user_id VARCHAR NOT NULL,
            name TEXT NOT NULL,
            content TEXT NOT NULL,
            data JSON,
            meta JSON,
            is_active BOOLEAN DEFAULT '1' NOT NULL,
            version_id TEXT,
            tags JSON,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            CONSTRAINT prompt_new_pkey PRIMARY KEY (id)
        );
        CREATE UNIQUE INDEX ix_prompt_new_command ON prompt (command);
        CREATE TABLE "prompt_history" (
            id TEXT NOT NULL,
            prompt_id TEXT NOT NULL,
            parent_id TEXT,
            snapshot JSON NOT NULL,
            user_id TEXT NOT NULL,
            commit_message TEXT,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (id)
        );
        CREATE INDEX ix_prompt_history_prompt_id ON prompt_history (prompt_id);
        CREATE TABLE "skill" (
            id VARCHAR NOT NULL,
            user_id VARCHAR NOT NULL,
            name TEXT NOT NULL,
            description TEXT,
            content TEXT NOT NULL,
            meta JSON,
            is_active BOOLEAN NOT NULL,
            updated_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (name)
        );
        CREATE INDEX idx_skill_user_id ON skill (user_id);
        CREATE INDEX idx_skill_updated_at ON skill (updated_at);
        CREATE TABLE "tool" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            name TEXT NOT NULL,
            content TEXT NOT NULL,
            specs TEXT NOT NULL,
            meta TEXT NOT NULL,
            created_at \(type.bigInteger) NOT NULL,
            updated_at \(type.bigInteger) NOT NULL,
            valves TEXT
        );
        CREATE UNIQUE INDEX tool_id ON tool (id);
        CREATE TABLE "function" (
            "id" TEXT NOT NULL,
            "user_id" TEXT NOT NULL,
            "name" TEXT NOT NULL,
            "type" TEXT NOT NULL,
            "content" TEXT NOT NULL,
            "meta" TEXT NOT NULL,
            "created_at" \(type.bigInteger) NOT NULL,
            "updated_at" \(type.bigInteger) NOT NULL,
            "valves" TEXT,
            "is_active" \(type.flag) NOT NULL,
            "is_global" \(type.flag) NOT NULL
        );
        CREATE UNIQUE INDEX "function_id" ON "function" ("id");
        CREATE INDEX is_global_idx ON function (is_global);
        """
    }
}
