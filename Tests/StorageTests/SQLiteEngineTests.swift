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
        let names = ["journal_mode", "cache_size", "busy_timeout", "foreign_keys"]
        let writer = try await database.withWriter { db in
            try names.map { try String.fetchOne(db, sql: "PRAGMA \($0)") ?? "" }
        }
        #expect(writer == ["wal", "-2048", "5000", "1"])
        let reader = try await database.withReader { db in try names.dropLast().map { try db.text("PRAGMA \($0)") } }
        #expect(reader == ["wal", "-2048", "5000"])
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
        let plan = try await plan("SELECT id FROM user WHERE lower(email) = 'a' ORDER BY created_at, id LIMIT 1")
        #expect(plan.contains { $0.contains("martlet_user_email_idx") })
    }

    @Test("a page of accounts is neither sorted nor does it look into the table of members")
    func directoryIndexes() async throws {
        let plan = try await plan(
            """
            SELECT name, (SELECT group_concat(m.group_id, ',') FROM group_member m WHERE m.user_id = "user".id)
            FROM "user" ORDER BY created_at ASC, id LIMIT 30 OFFSET 30
            """)
        #expect(plan.contains { $0.contains("martlet_user_created_at_idx") })
        #expect(plan.contains { $0.contains("COVERING INDEX martlet_group_member_user_group_idx") })
        #expect(!plan.contains { $0.contains("TEMP B-TREE") })
    }

    private func plan(_ sql: String) async throws -> [String] {
        try await database.withReader { try $0.rows("EXPLAIN QUERY PLAN " + sql, []) { try $0.text(3) } }
    }

    @Test("a reader is as good as new after a statement that failed, and takes no name for a text")
    func failedReads() async throws {
        try await database.withWriter { try UserTable.insert(.sample("a"), in: $0) }
        let failing: [(sql: String, arguments: [SQLValue], reason: StorageError.Reason)] = [
            ("SELECT \"no_such_column\" FROM \"user\"", [], .other), ("SELEKT", [], .other),
            ("SELECT ?", [], .other), ("SELECT ?", ["a\0b"], .invalidValue),
            ("SELECT abs(-9223372036854775808)", [], .other), ("DELETE FROM \"user\"", [], .fileUnwritable),
        ]
        for _ in 0..<3 {
            for (sql, arguments, reason) in failing {
                let error = await #expect(throws: StorageError.self) {
                    try await database.read { session in try session.rows(sql, arguments) { try $0.optionalText(0) } }
                }
                #expect(error?.reason == reason, "\(sql)")
                #expect(try await database.read { try UserTable.count(in: $0) } == 1)
            }
        }
    }

    @Test("an empty text is no NULL, and texts of any length come back")
    func boundTexts() async throws {
        for text in ["", "a", "\u{2028}\u{1F680}", String(repeating: "ü", count: 100_000)] {
            let found = try await database.read { try $0.text("SELECT ?", [.text(text)]) }
            #expect(found == text)
        }
        let null = try await database.read { try $0.first("SELECT ?", [.null]) { try $0.optionalText(0) } }
        #expect(null == .some(nil))
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
