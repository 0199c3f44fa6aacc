import Foundation
import GRDB
import Testing

@testable import Storage

@Suite("Migrator: what it makes and changes")
struct MigratorTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("a fresh database has every table, the revision, and nothing lies beside it but the lock")
    func fresh() throws {
        #expect(try Migrator.prepare(path: directory.database) == .created)
        #expect(try directory.files() == ["webui.db", "webui.db.martlet-lock"])
        let tables = try SampleDatabase.tables(directory.database)
        #expect(tables.count == SampleDatabase.tableCount && tables.count >= 47)
        #expect(tables.isSuperset(of: ["user", "auth", "chat", "config", "job", "martlet_migration", "group_member"]))
        try SampleDatabase.query(directory.database) { db throws in
            #expect(try String.fetchOne(db, sql: "SELECT version_num FROM alembic_version") == "b2c3d4e5f6a7")
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM migratehistory") == 18)
            #expect(
                try Row.fetchOne(db, sql: "SELECT id, name FROM migratehistory ORDER BY id DESC")
                    == ["id": 18, "name": "018_add_function_is_global"])
            #expect(
                try String.fetchAll(db, sql: "SELECT name FROM martlet_migration ORDER BY name")
                    == Migration.all.map(\.name))
            #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
            #expect(try String.fetchOne(db, sql: "PRAGMA quick_check") == "ok")
        }
    }

    @Test("a fresh database is readable by its owner only, and so is a snapshot")
    func modes() throws {
        func mode(_ path: String) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return try #require(attributes[.posixPermissions] as? Int)
        }
        try Migrator.prepare(path: directory.database)
        #expect(try mode(directory.database) == 0o600)
        let other = directory.path + "/other.db"
        try SampleDatabase.stock(at: other)
        try Migrator.prepare(path: other)
        #expect(try mode(other + ".before-0001-jobs") == 0o600)
    }

    @Test("preparing a second time changes nothing")
    func twice() throws {
        try Migrator.prepare(path: directory.database)
        let before = try directory.contents()
        #expect(try Migrator.prepare(path: directory.database) == .unchanged)
        #expect(try directory.contents() == before)
    }

    @Test("an empty file counts as no database")
    func emptyFile() throws {
        try Data().write(to: URL(fileURLWithPath: directory.database))
        #expect(try Migrator.prepare(path: directory.database) == .created)
        #expect(try SampleDatabase.tables(directory.database).contains("user"))
    }

    @Test("a journal left by a database that is gone is set aside, not replayed")
    func orphanedJournal() throws {
        try Data("old".utf8).write(to: URL(fileURLWithPath: directory.database + "-wal"))
        #expect(try Migrator.prepare(path: directory.database) == .created)
        #expect(try directory.files().contains("webui.db-wal.orphaned"))
        #expect(try SampleDatabase.tables(directory.database).contains("user"))
    }

    @Test(
        "a stock Open WebUI database gets the job tables after a snapshot and keeps its rows", arguments: [false, true])
    func stock(wal: Bool) throws {
        try SampleDatabase.stock(at: directory.database, wal: wal)
        let snapshot = directory.database + ".before-0001-jobs"
        #expect(
            try Migrator.prepare(path: directory.database)
                == .migrated(names: Migration.all.map(\.name), snapshot: snapshot))
        #expect(try SampleDatabase.tables(directory.database).isSuperset(of: ["job", "job_archive", "user"]))
        #expect(try SampleDatabase.columns(directory.database, "user").last == "job_priority")
        #expect(try !SampleDatabase.tables(snapshot).contains("job"))
        try SampleDatabase.query(directory.database) { db throws in
            #expect(try String.fetchOne(db, sql: "SELECT email FROM user") == "ursula@lab.test")
            #expect(try String.fetchOne(db, sql: "SELECT version_num FROM alembic_version") == "b2c3d4e5f6a7")
        }
        #expect(try Migrator.prepare(path: directory.database) == .unchanged)
    }

    @Test("a snapshot left by an earlier attempt is replaced")
    func staleSnapshot() throws {
        try SampleDatabase.stock(at: directory.database)
        for suffix in [".before-0001-jobs", ".before-0001-jobs.partial"] {
            try Data("stale".utf8).write(to: URL(fileURLWithPath: directory.database + suffix))
        }
        try Migrator.prepare(path: directory.database)
        #expect(try SampleDatabase.tables(directory.database + ".before-0001-jobs").contains("user"))
        #expect(try !directory.files().contains { $0.hasSuffix(".partial") })
    }

    @Test("a database in use by another connection is migrated too")
    func inUse() throws {
        try SampleDatabase.stock(at: directory.database, wal: true)
        let other = try DatabasePool(path: directory.database)
        try other.write { try $0.execute(sql: "UPDATE user SET name = 'Other'") }
        guard case .migrated = try Migrator.prepare(path: directory.database) else {
            Issue.record("not migrated")
            return
        }
        #expect(try other.read { try String.fetchOne($0, sql: "SELECT name FROM user") } == "Other")
    }

    @Test("a failing migration leaves the rows and the schema as they were")
    func failing() throws {
        try SampleDatabase.stock(at: directory.database)
        let before = try Data(contentsOf: URL(fileURLWithPath: directory.database))
        let broken = Migration(name: "0003-broken") { connection in
            try connection.script("CREATE TABLE half (id TEXT); DROP TABLE chat; SELECT nonsense;")
        }
        let migrator = Migrator(path: directory.database, migrations: Migration.all + [broken])
        #expect(throws: StorageError.self) { try migrator.prepare() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.database)) == before)
    }

    @Test("a path with spaces, percent signs, question marks and letters beyond ASCII works")
    func oddPath() throws {
        let odd = directory.path + "/a b%20?x#ü"
        try FileManager.default.createDirectory(atPath: odd, withIntermediateDirectories: true)
        let path = odd + "/webui.db"
        #expect(try Migrator.prepare(path: path) == .created)
        #expect(try Migrator.prepare(path: path) == .unchanged)
        #expect(try Migrator.prepare(path: "/" + path) == .unchanged)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: odd).sorted() == ["webui.db", "webui.db.martlet-lock"])
    }

    @Test("of many that prepare at once one creates, and all succeed")
    func concurrent() async throws {
        let path = directory.database
        let outcomes = try await withThrowingTaskGroup(of: Migrator.Outcome.self) { group in
            let pool = WorkerPool(name: "test", threads: 8, capacity: 8)
            for _ in 0..<8 {
                group.addTask { try await pool.run { try Migrator.prepare(path: path) } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .created } == 1)
        #expect(outcomes.count { $0 == .unchanged } == 7)
    }
}
