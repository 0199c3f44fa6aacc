import Foundation
import GRDB
import Glibc
import Testing

@testable import Storage

@Suite("SQLite engine: what is its own")
struct SQLiteEngineTests {
    let directory: TemporaryDirectory
    let database: SQLiteEngine

    init() throws {
        directory = try TemporaryDirectory()
        try Migrator.prepare(path: directory.database)
        database = try SQLiteEngine.open(path: directory.database)
    }

    @Test("connections have WAL, foreign keys and a small cache")
    func pragmas() async throws {
        let values = try await database.withReader { db in
            try ["journal_mode", "foreign_keys", "cache_size", "busy_timeout"].map {
                try String.fetchOne(db, sql: "PRAGMA \($0)") ?? ""
            }
        }
        #expect(values == ["wal", "1", "-2048", "5000"])
        #expect(try await database.withWriter { try String.fetchOne($0, sql: "PRAGMA busy_timeout") } == "5000")
    }

    @Test("after close calls fail and the WAL is gone")
    func close() async throws {
        try await database.withWriter { try UserTable.insert(.sample("a"), in: $0) }
        try await database.close()
        await #expect(throws: (any Error).self) { try await database.withReader { try UserTable.count(in: $0) } }
        #expect(try directory.files() == ["webui.db", "webui.db.martlet-lock"])
    }

    @Test("opening what is no database fails with a typed error")
    func openGarbage() throws {
        let path = directory.path + "/garbage.db"
        try Data(repeating: 7, count: 5000).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StorageError.self) { _ = try SQLiteEngine.open(path: path) }
        #expect(error?.reason == .notADatabase)
    }

    @Test("the e-mail lookup uses the index")
    func index() async throws {
        let plan = try await database.withReader { db throws in
            try Row.fetchAll(
                db,
                sql: "EXPLAIN QUERY PLAN SELECT id FROM user WHERE lower(email) = ? ORDER BY created_at, id LIMIT 1",
                arguments: ["a"]
            ).map(\.description)
        }
        #expect(plan.contains { $0.contains("martlet_user_email_idx") })
    }

    @Test("a process that uses SQLite never loads libpq")
    func withoutLibpq() async throws {
        await #expect(processExitsWith: .success) { [path = directory.database as String] in
            let database = try Database.open(path: path)
            #expect(try await database.read { try UserTable.isEmpty(in: $0) })
            #expect(dlopen("libsqlite3.so.0", RTLD_LAZY | RTLD_NOLOAD) != nil)
            #expect(dlopen("libpq.so.5", RTLD_LAZY | RTLD_NOLOAD) == nil)
        }
    }
}
