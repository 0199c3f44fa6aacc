import Foundation
import Testing

@testable import Storage

@Suite("PostgreSQL migrator: what it makes, changes and refuses")
struct PostgreSQLMigratorTests {
    let server: PostgreSQLServer
    let url: String
    let session: PostgreSQLSession

    init() async throws {
        server = try await PostgreSQLServer.shared.value
        url = try server.makeDatabase(migrated: false)
        session = PostgreSQLSession(try PostgreSQLConnection(PostgreSQLURL(url), limits: PostgreSQLLimits()))
    }

    /// What Open WebUI 0.8.3 itself makes on PostgreSQL, with one user.
    private func makeStock(revision: String = "b2c3d4e5f6a7") throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fixtures/openwebui-0.8.3-postgresql.sql")
        try session.script(String(contentsOf: file, encoding: .utf8))
        try session.run("UPDATE alembic_version SET version_num = ?", [.text(revision)])
        try session.run(
            """
            INSERT INTO "user" (id, name, email, role, profile_image_url, created_at, updated_at, last_active_at)
            VALUES ('u1', 'Ursula', 'ursula@lab.test', 'admin', '/user.png', 1, 1, 1)
            """, [])
    }

    /// Everything that the catalog knows of the schema, a line each.
    private func schema() throws -> Set<String> {
        let columns = try session.texts(
            """
            SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable,
                replace(column_default, 'CURRENT_TIMESTAMP', 'now()'))
            FROM information_schema.columns WHERE table_schema = 'public'
            """)
        let indexes = try session.texts("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
        let constraints = try session.texts(
            """
            SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
            """)
        return Set(columns + indexes + constraints)
    }

    /// The schema and the rows that a refusal must leave alone.
    private func contents() throws -> Set<String> {
        var contents = try schema()
        for table in try session.texts("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") {
            contents.formUnion(try session.texts("SELECT concat('\(table) ', x) FROM \"\(table)\" x"))
        }
        return contents
    }

    private func expectRefusal(
        _ reason: StorageError.Reason, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try contents()
        let error = #expect(throws: StorageError.self, sourceLocation: sourceLocation) {
            try PostgreSQLMigrator.prepare(url: url)
        }
        #expect(error?.reason == reason, sourceLocation: sourceLocation)
        #expect(error?.message.isEmpty == false && error?.advice.isEmpty == false, sourceLocation: sourceLocation)
        #expect(try contents() == before, sourceLocation: sourceLocation)
    }

    @Test("an empty database gets every table, the revision and the bookkeeping; the second time nothing happens")
    func fresh() throws {
        #expect(try PostgreSQLMigrator.prepare(url: url) == .created)
        let tables = try session.integer("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        #expect(tables == Int64(SampleDatabase.tableCount))
        #expect(try session.text("SELECT version_num FROM alembic_version") == "b2c3d4e5f6a7")
        #expect(try session.integer("SELECT max(id) FROM migratehistory") == 18)
        #expect(try session.integer("SELECT nextval('migratehistory_id_seq')") == 19)
        #expect(try session.texts("SELECT name FROM martlet_migration ORDER BY name") == Migration.all.map(\.name))
        let before = try contents()
        #expect(try PostgreSQLMigrator.prepare(url: url) == .unchanged)
        #expect(try contents() == before)
    }

    @Test("a fresh database is Open WebUI's own, to the last column, index and constraint, and Martlet's additions")
    func sameSchema() throws {
        try makeStock()
        let stock = try schema()
        let other = PostgreSQLSession(
            try PostgreSQLConnection(PostgreSQLURL(server.makeDatabase()), limits: PostgreSQLLimits()))
        let fresh = try Self(server: server, url: url, session: other).schema()
        #expect(stock.subtracting(fresh) == [])
        let additions = fresh.subtracting(stock).filter { line in
            !["job", "backend_snapshot", "martlet"].contains { line.contains($0) }
        }
        #expect(additions == [])
        // And a stock one that is brought up to date is the same as a fresh one.
        try PostgreSQLMigrator.prepare(url: url)
        #expect(try schema() == fresh)
    }

    private init(server: PostgreSQLServer, url: String, session: PostgreSQLSession) {
        (self.server, self.url, self.session) = (server, url, session)
    }

    @Test("a stock Open WebUI 0.8.3 database gets what is missing and keeps its rows")
    func stock() throws {
        try makeStock()
        #expect(try PostgreSQLMigrator.prepare(url: url) == .migrated(names: Migration.all.map(\.name)))
        #expect(try session.integer("SELECT job_priority FROM \"user\" WHERE email = 'ursula@lab.test'") == 5)
        #expect(try session.integer("SELECT count(*) FROM job") == 0)
        #expect(try session.text("SELECT version_num FROM alembic_version") == "b2c3d4e5f6a7")
        #expect(try PostgreSQLMigrator.prepare(url: url) == .unchanged)
    }

    @Test("an older Open WebUI database is refused, untouched", arguments: ["a1b2c3d4e5f6", "7e5b5dc7342b"])
    func older(revision: String) throws {
        try makeStock(revision: revision)
        try expectRefusal(.olderVersion(revision))
    }

    @Test("a database of an unknown newer version is refused, untouched")
    func newer() throws {
        try makeStock(revision: "ffffffffffff")
        try expectRefusal(.newerVersion("ffffffffffff"))
    }

    @Test("a database that a newer martlet migrated is refused, untouched")
    func newerMartlet() throws {
        try PostgreSQLMigrator.prepare(url: url)
        try session.run("INSERT INTO martlet_migration VALUES ('9999-future', 1)", [])
        try expectRefusal(.newerVersion("9999-future"))
    }

    @Test("the database of another program is refused, untouched")
    func foreign() throws {
        try session.run("CREATE TABLE song (title TEXT)", [])
        try expectRefusal(.notOpenWebUI)
    }

    @Test("a database in another encoding is refused before it is filled")
    func encoding() throws {
        try server.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
        let error = #expect(throws: StorageError.self) { try PostgreSQLMigrator.prepare(url: server.url("latin")) }
        #expect(error?.message.contains("LATIN1") == true)
    }

    @Test("without the right to create tables it is refused with advice")
    func noRights() throws {
        try session.run("CREATE ROLE martlet_guest LOGIN", [])
        let guest = url.replacing("martlet@", with: "martlet_guest@")
        let error = #expect(throws: StorageError.self) { try PostgreSQLMigrator.prepare(url: guest) }
        #expect(error?.message.contains("right") == true && error?.advice.isEmpty == false)
        #expect(try schema().isEmpty)
    }

    @Test("while another process migrates it is refused after the time-out, untouched")
    func locked() throws {
        try session.run("SELECT pg_advisory_lock(?)", [.integer(PostgreSQLMigrator.lockKey)])
        let migrator = try PostgreSQLMigrator(url: url, lockTimeout: .milliseconds(100))
        let error = #expect(throws: StorageError.self) { try migrator.prepare() }
        #expect(error?.reason == .locked)
        #expect(try schema().isEmpty)
    }

    @Test("of many that prepare at once one creates, and all succeed")
    func concurrent() async throws {
        let url = url
        let outcomes = try await withThrowingTaskGroup(of: PostgreSQLMigrator.Outcome.self) { group in
            let pool = WorkerPool(name: "test", threads: 6, capacity: 6)
            for _ in 0..<6 {
                group.addTask { try await pool.run { try PostgreSQLMigrator.prepare(url: url) } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .created } == 1)
        #expect(outcomes.count { $0 == .unchanged } == 5)
    }

    @Test(
        "a migration that fails, or whose connection is cut, leaves everything as it was; the next start migrates",
        arguments: ["SELECT nonsense;", "SELECT pg_terminate_backend(pg_backend_pid());"])
    func failing(end: String) throws {
        try makeStock()
        let before = try contents()
        let broken = Migration(name: "0003-broken") { connection in
            try connection.script("CREATE TABLE half (id TEXT); DELETE FROM \"user\"; DROP TABLE tag; \(end)")
        }
        let migrator = try PostgreSQLMigrator(url: url, migrations: Migration.all + [broken])
        #expect(throws: StorageError.self) { try migrator.prepare() }
        #expect(try contents() == before)
        #expect(try PostgreSQLMigrator.prepare(url: url) == .migrated(names: Migration.all.map(\.name)))
    }

    @Test("kill -9 in the middle of a migration leaves everything as it was; the next start migrates")
    func killed() async throws {
        try makeStock()
        let before = try contents()
        await #expect(processExitsWith: .signal(SIGKILL)) { [url = url as String] in
            let deadly = Migration(name: "0003-deadly") { connection in
                try connection.script("DELETE FROM \"user\"; DROP TABLE tag;")
                kill(getpid(), SIGKILL)
            }
            try PostgreSQLMigrator(url: url, migrations: Migration.all + [deadly]).prepare()
        }
        #expect(try contents() == before)
        #expect(try PostgreSQLMigrator.prepare(url: url) == .migrated(names: Migration.all.map(\.name)))
    }
}
