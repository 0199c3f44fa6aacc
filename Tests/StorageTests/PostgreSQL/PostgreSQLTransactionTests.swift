import Dispatch
import Synchronization
import Testing

@testable import Storage

@Suite("PostgreSQL: transactions that meet")
struct PostgreSQLTransactionTests {
    /// Lets each of two through when both have come; after the first time everybody passes.
    private final class Meeting: Sendable {
        let attempts = Mutex(0)
        private let signals = [DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)]

        func wait(_ side: Int) {
            let isFirst = attempts.withLock { attempts in
                attempts += 1
                return attempts <= 2
            }
            guard isFirst else { return }
            signals[1 - side].signal()
            signals[side].wait()
        }
    }

    private func open(_ limits: PostgreSQLLimits = PostgreSQLLimits()) async throws -> Database {
        let url = try await PostgreSQLServer.shared.value.makeDatabase()
        return Database(PostgreSQLEngine(try PostgreSQLURL(url), connections: 2, limits: limits))
    }

    @Test("of two that both look before they write one runs again, and sees the other")
    func serialization() async throws {
        let database = try await open()
        let meeting = Meeting()
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for side in 0...1 {
                group.addTask {
                    try await database.write { session in
                        let count = try UserTable.count(in: session)
                        meeting.wait(side)
                        try UserTable.insert(.sample("u\(side)"), in: session)
                        return count
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(seen.sorted() == [0, 1])
        #expect(meeting.attempts.withLock { $0 } == 3)
    }

    @Test("of two that wait for each other one runs again")
    func deadlock() async throws {
        let database = try await open()
        let meeting = Meeting()
        try await database.write { session in
            for id in ["u0", "u1"] { try UserTable.insert(.sample(id), in: session) }
        }
        try await withThrowingTaskGroup { group in
            for side in 0...1 {
                group.addTask {
                    try await database.write { session in
                        try UserTable.updateRole(id: "u\(side)", role: "r\(side)", at: 1, in: session)
                        meeting.wait(side)
                        try UserTable.updateRole(id: "u\(1 - side)", role: "r\(side)", at: 1, in: session)
                    }
                }
            }
            try await group.waitForAll()
        }
        let roles = try await database.read { try Set($0.texts("SELECT role FROM \"user\"")) }
        #expect(roles.count == 1)
        #expect(meeting.attempts.withLock { $0 } >= 3)
    }

    @Test("one that always loses is given up as busy after a number of attempts")
    func givenUp() async throws {
        var limits = PostgreSQLLimits()
        limits.attempts = 3
        let database = try await open(limits)
        let attempts = Mutex(0)
        let error = await #expect(throws: StorageError.self) {
            try await database.write { session in
                attempts.withLock { $0 += 1 }
                try session.run("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$", [])
            }
        }
        #expect(error?.reason == .busy)
        #expect(attempts.withLock { $0 } == 3)
    }

    @Test("a statement that takes too long is ended by the server")
    func statementTimeout() async throws {
        var limits = PostgreSQLLimits()
        limits.statement = .milliseconds(100)
        let database = try await open(limits)
        let error = await #expect(throws: StorageError.self) {
            try await database.read { try $0.run("SELECT pg_sleep(10)", []) }
        }
        #expect(error?.reason == .busy)
    }

    @Test("a lock that is held for too long is told as busy")
    func lockTimeout() async throws {
        var limits = PostgreSQLLimits()
        limits.lock = .milliseconds(100)
        let database = try await open(limits)
        let (held, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let holder: Void = database.write { session in
            try session.run("LOCK TABLE \"user\"", [])
            held.signal()
            done.wait()
        }
        await Task.detached { held.wait() }.value
        let error = await #expect(throws: StorageError.self) {
            try await database.read { try UserTable.count(in: $0) }
        }
        done.signal()
        try await holder
        #expect(error?.reason == .busy)
    }

    @Test("a prepared statement that no longer fits the schema is made anew")
    func stalePlan() async throws {
        let database = try await open()
        let sql = "SELECT * FROM chatidtag"
        try await database.write { session throws in
            try session.run("INSERT INTO chatidtag VALUES ('i', 't', 'c', 'u', 1)", [])
            #expect(try session.text(sql) == "i")
        }
        _ = try await database.write { try $0.run("ALTER TABLE chatidtag DROP COLUMN id", []) }
        #expect(try await database.read { try $0.text(sql) } == "t")
    }

    @Test("an engine opens no more connections than it is told, and one as long as one is enough")
    func connectionBound() async throws {
        let url = try await PostgreSQLServer.shared.value.makeDatabase()
        let database = Database(
            PostgreSQLEngine(try PostgreSQLURL(url), connections: 3, limits: PostgreSQLLimits()))
        let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        for _ in 0..<5 { #expect(try await database.read { try $0.integer(count) } == 1) }
        try await withThrowingTaskGroup { group in
            for _ in 0..<30 {
                group.addTask { _ = try await database.read { try $0.run("SELECT pg_sleep(0.01)", []) } }
            }
            try await group.waitForAll()
        }
        #expect(try await database.read { try $0.integer(count) } == 3)
        try await database.close()
        let other = try Database.open(url: url)
        while try await other.read({ try $0.integer(count) }) != 1 { try await Task.sleep(for: .milliseconds(10)) }
    }
}
