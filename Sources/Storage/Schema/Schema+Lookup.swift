extension Schema {
    /// Indexes that Open WebUI does without: sign-in by e-mail, the key and the groups of a user.
    ///
    /// None is unique: existing databases may hold duplicates that Open WebUI let in.
    static let lookupIndexes = """
        CREATE INDEX IF NOT EXISTS martlet_user_email_idx ON "user" (lower(email));
        CREATE INDEX IF NOT EXISTS martlet_api_key_user_id_idx ON api_key (user_id);
        CREATE INDEX IF NOT EXISTS martlet_group_member_user_id_idx ON group_member (user_id);
        """

    /// The list of accounts in its own order, without which each page sorts them all; and the ids of an account's groups
    /// without a look at the table.
    static let directoryIndexes = """
        CREATE INDEX IF NOT EXISTS martlet_user_created_at_idx ON "user" (created_at, id);
        CREATE INDEX IF NOT EXISTS martlet_group_member_user_group_idx ON group_member (user_id, group_id);
        DROP INDEX IF EXISTS martlet_group_member_user_id_idx;
        """
}
