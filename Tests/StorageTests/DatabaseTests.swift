import Foundation
import GRDB
import Testing

@testable import Storage

@Suite("Database: reads, writes, limits")
struct DatabaseTests {
    let directory: TemporaryDirectory
    let database: Storage.Database

    init() throws {
        directory = try TemporaryDirectory()
        try Migrator.prepare(path: directory.database)
        database = try Database.open(path: directory.database)
    }

    @Test("connections have WAL, foreign keys and a small cache")
    func pragmas() async throws {
        let values = try await database.read { db in
            try ["journal_mode", "foreign_keys", "cache_size", "busy_timeout"].map {
                try String.fetchOne(db, sql: "PRAGMA \($0)") ?? ""
            }
        }
        #expect(values == ["wal", "1", "-2048", "5000"])
        #expect(try await database.write { try String.fetchOne($0, sql: "PRAGMA busy_timeout") } == "5000")
    }

    @Test("a write that throws is rolled back and its error comes out as it is")
    func rollback() async throws {
        struct Mine: Error {}
        await #expect(throws: Mine.self) {
            try await database.write { db in
                try UserTable.insert(.sample("a"), in: db)
                throw Mine()
            }
        }
        #expect(try await database.read { try UserTable.count(in: $0) } == 0)
    }

    @Test("a reader sees one state while a writer commits")
    func isolation() async throws {
        let database = database
        try await database.write { try UserTable.insert(.sample("a"), in: $0) }
        let counts = try await database.read { db in
            let before = try UserTable.count(in: db)
            let done = DispatchSemaphore(value: 0)
            Task {
                try await database.write { try UserTable.insert(.sample("b"), in: $0) }
                done.signal()
            }
            done.wait()
            return [before, try UserTable.count(in: db)]
        }
        #expect(counts == [1, 1])
        #expect(try await database.read { try UserTable.count(in: $0) } == 2)
    }

    @Test("more waiting calls than the queue holds are refused, the others are answered")
    func overload() async throws {
        let database = database
        let results = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<1_200 {
                group.addTask {
                    do {
                        return try await database.write { db in
                            usleep(200)
                            return true
                        }
                    } catch let error as StorageError {
                        #expect(error.reason == .overloaded)
                        return false
                    } catch {
                        Issue.record(error)
                        return false
                    }
                }
            }
            return await group.reduce(into: [true: 0, false: 0]) { $0[$1, default: 0] += 1 }
        }
        #expect(results[true, default: 0] >= Database.queueCapacity)
        #expect(try await database.read { try UserTable.count(in: $0) } == 0)
    }

    @Test("after close calls fail and the WAL is gone")
    func close() async throws {
        try await database.write { try UserTable.insert(.sample("a"), in: $0) }
        try await database.close()
        await #expect(throws: (any Error).self) { try await database.read { try UserTable.count(in: $0) } }
        #expect(try directory.files() == ["webui.db", "webui.db.martlet-lock"])
    }

    @Test("a duplicate id is a constraint error, not a crash")
    func constraint() async throws {
        let error = await #expect(throws: StorageError.self) {
            try await database.write { db in
                try UserTable.insert(.sample("a"), in: db)
                try UserTable.insert(.sample("a"), in: db)
            }
        }
        #expect(error?.reason == .constraint)
    }

    @Test("opening what is no database fails with a typed error")
    func openGarbage() throws {
        let path = directory.path + "/garbage.db"
        try Data(repeating: 7, count: 5000).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: StorageError.self) { _ = try Database.open(path: path) }
        #expect(error?.reason == .notADatabase)
    }
}

extension User {
    static func sample(_ id: String, role: String = "user") -> User {
        User(
            id: id, name: "Name \(id)", email: "\(id)@lab.test", role: role, profileImageURL: "/user.png",
            now: 1_700_000_000)
    }
}
