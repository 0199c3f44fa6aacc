extension Schema {
    /// Tables of Open WebUI 0.8 for accounts, groups, rights and settings.
    static func identity(_ type: ColumnTypes) -> String {
        """
        CREATE TABLE "user" (
            id VARCHAR(255) NOT NULL,
            name VARCHAR(255) NOT NULL,
            email VARCHAR(255) NOT NULL,
            role VARCHAR(255) NOT NULL,
            profile_image_url TEXT NOT NULL,
            created_at \(type.bigInteger) NOT NULL,
            updated_at \(type.bigInteger) NOT NULL,
            last_active_at \(type.bigInteger) NOT NULL,
            username VARCHAR(50),
            bio TEXT,
            gender TEXT,
            date_of_birth DATE,
            profile_banner_image_url TEXT,
            timezone VARCHAR,
            presence_state VARCHAR,
            status_emoji VARCHAR,
            status_message TEXT,
            status_expires_at BIGINT,
            oauth JSON,
            info JSON,
            settings JSON,
            scim JSON,
            job_priority INTEGER DEFAULT '5' NOT NULL,
            CONSTRAINT pk_user_id PRIMARY KEY (id),
            CONSTRAINT uq_user_id UNIQUE (id)
        );
        CREATE UNIQUE INDEX user_id ON "user" (id);
        CREATE TABLE "auth" (
            "id" VARCHAR(255) NOT NULL,
            "email" VARCHAR(255) NOT NULL,
            "password" TEXT NOT NULL,
            "active" \(type.flag) NOT NULL
        );
        CREATE UNIQUE INDEX "auth_id" ON "auth" ("id");
        CREATE TABLE "api_key" (
            id TEXT NOT NULL,
            user_id TEXT,
            "key" TEXT NOT NULL,
            data JSON,
            expires_at BIGINT,
            last_used_at BIGINT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (id),
            FOREIGN KEY(user_id) REFERENCES "user" (id) ON DELETE CASCADE,
            UNIQUE ("key")
        );
        CREATE TABLE "group" (
            id TEXT NOT NULL,
            user_id TEXT,
            name TEXT,
            description TEXT,
            data JSON,
            meta JSON,
            permissions JSON,
            created_at BIGINT,
            updated_at BIGINT,
            PRIMARY KEY (id),
            UNIQUE (id)
        );
        CREATE TABLE "group_member" (
            id TEXT NOT NULL,
            group_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            created_at BIGINT,
            updated_at BIGINT,
            PRIMARY KEY (id),
            CONSTRAINT uq_group_member_group_user UNIQUE (group_id, user_id),
            UNIQUE (id),
            FOREIGN KEY(group_id) REFERENCES "group" (id) ON DELETE CASCADE,
            FOREIGN KEY(user_id) REFERENCES "user" (id) ON DELETE CASCADE
        );
        CREATE TABLE "oauth_session" (
            id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            provider TEXT NOT NULL,
            token TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (id),
            FOREIGN KEY(user_id) REFERENCES "user" (id) ON DELETE CASCADE
        );
        CREATE INDEX idx_oauth_session_user_id ON oauth_session (user_id);
        CREATE INDEX idx_oauth_session_expires_at ON oauth_session (expires_at);
        CREATE INDEX idx_oauth_session_user_provider ON oauth_session (user_id, provider);
        CREATE TABLE "access_grant" (
            id TEXT NOT NULL,
            resource_type TEXT NOT NULL,
            resource_id TEXT NOT NULL,
            principal_type TEXT NOT NULL,
            principal_id TEXT NOT NULL,
            permission TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (id),
            CONSTRAINT uq_access_grant_grant
                UNIQUE (resource_type, resource_id, principal_type, principal_id, permission)
        );
        CREATE INDEX idx_access_grant_resource ON access_grant (resource_type, resource_id);
        CREATE INDEX idx_access_grant_principal ON access_grant (principal_type, principal_id);
        CREATE TABLE "config" (
            id \(type.serial) NOT NULL,
            data JSON NOT NULL,
            version INTEGER NOT NULL,
            created_at \(type.timestamp) DEFAULT CURRENT_TIMESTAMP NOT NULL,
            updated_at \(type.timestamp) DEFAULT CURRENT_TIMESTAMP,
            PRIMARY KEY (id)
        );
        """
    }
}
