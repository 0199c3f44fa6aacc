/// Reads what an existing database is, without changing it.
struct PostgreSQLInspector {
    let session: PostgreSQLSession

    private var place: String { session.connection.url.description }

    /// - Returns: nil for an empty database.
    /// - Throws: `StorageError`: unavailable, not of Open WebUI, not fit for it.
    func inspect() throws -> DatabaseInspector.Finding? {
        let tables = try tables()
        guard !tables.isEmpty else {
            try checkEncoding()
            return nil
        }
        guard tables.contains("alembic_version"), tables.contains("user") else {
            throw StorageError(
                .notOpenWebUI, "The database \(place) is not empty, but neither of Open WebUI nor of martlet.",
                advice: "Let DATABASE_URL name an empty database, or the one of Open WebUI.")
        }
        let revision = try session.first("SELECT version_num FROM alembic_version", []) { try $0.text(0) } ?? ""
        let applied =
            tables.contains("martlet_migration")
            ? try session.rows("SELECT name FROM martlet_migration ORDER BY name", []) { try $0.text(0) } : []
        return DatabaseInspector.Finding(revision: revision, applied: applied)
    }

    /// Tables and views in the schema where ours are or will be, without those of extensions.
    private func tables() throws -> Set<String> {
        let names = try session.rows(
            """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                AND NOT EXISTS (
                    SELECT 1 FROM pg_depend d
                    WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')
            """, []
        ) { try $0.text(0) }
        return Set(names)
    }

    /// Any other cannot hold all that people write.
    private func checkEncoding() throws {
        let encoding = try session.first("SELECT current_setting('server_encoding')", []) { try $0.text(0) }
        guard encoding == "UTF8" else {
            throw StorageError(
                .other, "The database \(place) has the encoding \(encoding ?? "?"), not UTF8.",
                advice: "Create it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.")
        }
    }
}
