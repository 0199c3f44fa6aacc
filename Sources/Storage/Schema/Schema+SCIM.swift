extension Schema {
    /// What provisioning clients know of accounts and groups beside Open WebUI's columns. Times in epoch milliseconds.
    ///
    /// `martlet_scim_user`: an account that a client has made or taken over. `document` holds the attributes as SCIM
    /// writes them, `folded` the same in lower case, for comparisons without regard to case; `former_role` the role
    /// before deactivation. `martlet_scim_email`: the addresses in `document`, for searches. `martlet_scim_group`:
    /// `name` is the group's as it was when a client last wrote it, so that `name_key` is known to be of it.
    /// `martlet_scim_token`: SHA-256 of the tokens of clients, in hexadecimal digits.
    static func scim(_ type: ColumnTypes) -> String {
        """
        CREATE TABLE IF NOT EXISTS "martlet_scim_user" (
            user_id TEXT NOT NULL,
            user_name_key TEXT NOT NULL,
            display_name_key TEXT,
            external_id TEXT,
            former_role TEXT,
            document JSON NOT NULL,
            folded JSON NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (user_id),
            FOREIGN KEY(user_id) REFERENCES "user" (id) ON DELETE CASCADE
        );
        CREATE UNIQUE INDEX IF NOT EXISTS martlet_scim_user_name ON martlet_scim_user (user_name_key);
        CREATE INDEX IF NOT EXISTS martlet_scim_user_display_name ON martlet_scim_user (display_name_key);
        CREATE INDEX IF NOT EXISTS martlet_scim_user_external_id ON martlet_scim_user (external_id);
        CREATE TABLE IF NOT EXISTS "martlet_scim_email" (
            user_id TEXT NOT NULL,
            value_key TEXT NOT NULL,
            PRIMARY KEY (user_id, value_key),
            FOREIGN KEY(user_id) REFERENCES "user" (id) ON DELETE CASCADE
        );
        CREATE INDEX IF NOT EXISTS martlet_scim_email_value ON martlet_scim_email (value_key);
        CREATE TABLE IF NOT EXISTS "martlet_scim_group" (
            group_id TEXT NOT NULL,
            name TEXT NOT NULL,
            name_key TEXT NOT NULL,
            external_id TEXT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (group_id),
            FOREIGN KEY(group_id) REFERENCES "group" (id) ON DELETE CASCADE
        );
        CREATE INDEX IF NOT EXISTS martlet_scim_group_name ON martlet_scim_group (name_key);
        CREATE INDEX IF NOT EXISTS martlet_scim_group_external_id ON martlet_scim_group (external_id);
        CREATE TABLE IF NOT EXISTS "martlet_scim_token" (
            name TEXT NOT NULL,
            hash TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (name)
        );
        CREATE INDEX IF NOT EXISTS martlet_user_name_idx ON "user" (lower(name));
        CREATE INDEX IF NOT EXISTS martlet_group_created_idx ON "group" (created_at, id);
        CREATE INDEX IF NOT EXISTS martlet_group_name_idx ON "group" (lower(name));
        """
    }
}
