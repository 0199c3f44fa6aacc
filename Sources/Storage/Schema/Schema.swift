/// The schema of a fresh database: Open WebUI 0.8's tables, the job tables, and Martlet's own.
///
/// Open WebUI must be able to open what is made here, so names, types and defaults are its own, and both of its
/// migrators find their bookkeeping complete and have nothing to do. Martlet's own tables are named `martlet_*`.
enum Schema {
    /// The Alembic revision that a fresh database carries: the head of `open-webui==0.8.3` of PyPI, so that it opens the
    /// file again. It does not know the job tables, and leaves them alone.
    static let writtenRevision = "b2c3d4e5f6a7"

    /// Every Alembic revision that opens as it is: the one above, with or without the job tables (migration `0001-jobs`
    /// makes them), and the one of an Open WebUI 0.8.3 that has them itself.
    static let acceptedRevisions: Set<String> = [writtenRevision, "f0a1b2c3d4e5"]

    /// Revisions of Open WebUI before 0.8.3, newest first: known, but older than what Martlet reads.
    static let olderRevisions: Set<String> = [
        "a1b2c3d4e5f6", "f1e2d3c4b5a6", "8452d01d26d7", "374d2f66af06", "c440947495f3", "81cc2ce44d79",
        "6283dc0e4d8d", "3e0e00844bb0", "90ef40d4714e", "b10670c03dd5", "2f1211949ecc", "37f288994c47",
        "a5c220713937", "38d63c18f30f", "3af16a1c9fb6", "018012973d35", "d31026856c01", "9f0c9cd09105",
        "3781e22d8b01", "7826ab40b532", "57c599a3cb57", "922e7a387820", "4ace53fd72c8", "af906e964978",
        "c29facfe716b", "c69f45358db4", "3ab32c4b8f59", "1af9b942657b", "242a2047eae0", "6a39f3d8e55c",
        "c0fbf31ca0db", "ca81bd47c050", "7e5b5dc7342b",
    ]

    /// Open WebUI's first migrator (Peewee) runs every file that has no row here, and fails on tables that exist.
    static let peeweeMigrations = [
        "001_initial_schema", "002_add_local_sharing", "003_add_auth_api_key", "004_add_archived",
        "005_add_updated_at", "006_migrate_timestamps_and_charfields", "007_add_user_last_active_at",
        "008_add_memory", "009_add_models", "010_migrate_modelfiles_to_models", "011_add_user_settings",
        "012_add_tools", "013_add_user_info", "014_add_files", "015_add_functions", "016_add_valves_and_is_active",
        "017_add_user_oauth_sub", "018_add_function_is_global",
    ]

    /// The tables of Open WebUI, by area, without those of jobs; what is referred to comes first.
    static func openWebUI(_ type: ColumnTypes) -> [String] {
        [bookkeeping, identity, workspace, chats, channels].map { $0(type) }
    }

    /// All of a fresh database.
    static func fresh(_ type: ColumnTypes) -> [String] {
        openWebUI(type) + additions(type.dialect)
            + [jobs(type), lookupIndexes, sessions(type), scim(type), leases, migrationTable]
    }

    private static func additions(_ dialect: SQLDialect) -> [String] {
        switch dialect {
        case .sqlite: []
        // Within CREATE TABLE PostgreSQL takes it for the primary key once more; Open WebUI has it beside that.
        case .postgresql: ["ALTER TABLE \"user\" ADD CONSTRAINT uq_user_id UNIQUE (id);"]
        }
    }

    /// Which of Martlet's migrations this database has.
    static let migrationTable = """
        CREATE TABLE IF NOT EXISTS "martlet_migration" (
            name TEXT NOT NULL,
            applied_at BIGINT NOT NULL,
            PRIMARY KEY (name)
        );
        """
}
