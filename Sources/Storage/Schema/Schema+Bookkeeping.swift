extension Schema {
    /// Tables of Open WebUI 0.8 for the schema versions that Open WebUI's two migrators keep.
    static func bookkeeping(_ type: ColumnTypes) -> String {
        """
        CREATE TABLE "migratehistory" (
            "id" \(type.serial) NOT NULL PRIMARY KEY,
            "name" VARCHAR(255) NOT NULL,
            "migrated_at" \(type.timestamp) NOT NULL
        );
        CREATE TABLE "alembic_version" (
            version_num VARCHAR(32) NOT NULL,
            CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
        );
        """
    }
}
