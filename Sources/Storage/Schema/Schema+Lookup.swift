extension Schema {
    /// Indexes that Open WebUI does without: sign-in by e-mail, the key and the groups of a user.
    ///
    /// None is unique: existing databases may hold duplicates that Open WebUI let in.
    static let lookupIndexes = """
        CREATE INDEX IF NOT EXISTS martlet_user_email_idx ON "user" (lower(email));
        CREATE INDEX IF NOT EXISTS martlet_api_key_user_id_idx ON api_key (user_id);
        CREATE INDEX IF NOT EXISTS martlet_group_member_user_id_idx ON group_member (user_id);
        """
}
