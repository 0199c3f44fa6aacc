import Glibc
import Testing

@testable import Storage

@Suite("PostgreSQL: the server goes away", .timeLimit(.minutes(2)))
struct PostgreSQLOutageTests {
    private static let quick: PostgreSQLLimits = {
        var limits = PostgreSQLLimits()
        (limits.connect, limits.statement, limits.grace) = (.milliseconds(500), .milliseconds(500), .milliseconds(300))
        return limits
    }()

    private func openPool(_ server: PostgreSQLServer) throws -> ConnectionPool {
        try PostgreSQLMigrator.prepare(url: server.url("postgres"))
        return ConnectionPool(try PostgreSQLURL(server.url("postgres")), limits: Self.quick)
    }

    /// Calls, and expects to be refused. The time is taken on the calling thread itself: other tests may keep the
    /// cooperative pool busy.
    private func expectUnavailable(
        _ pool: ConnectionPool, within limit: Duration, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let (reason, time) = try await WorkerPool(name: "test", threads: 1, capacity: 1).run {
            let start = ContinuousClock.now
            let transaction = PostgreSQLTransaction(pool: pool, kind: .read, attempts: 3)
            let error = #expect(throws: StorageError.self, sourceLocation: sourceLocation) {
                try transaction.run { try UserTable.count(in: $0) }
            }
            return (error?.reason, ContinuousClock.now - start)
        }
        #expect(reason == .unavailable, sourceLocation: sourceLocation)
        #expect(time < limit, sourceLocation: sourceLocation)
    }

    /// The time until a call succeeds.
    private func recovery(_ pool: ConnectionPool) async throws -> Duration {
        try await WorkerPool(name: "test", threads: 1, capacity: 1).run {
            let start = ContinuousClock.now
            let transaction = PostgreSQLTransaction(pool: pool, kind: .read, attempts: 3)
            while true {
                do {
                    _ = try transaction.run { try UserTable.count(in: $0) }
                    return ContinuousClock.now - start
                } catch let error as StorageError where error.reason == .unavailable {
                    usleep(20_000)
                }
            }
        }
    }

    @Test("a restart between two calls is not noticed, not by the first call nor by many at once")
    func restart() async throws {
        let server = try PostgreSQLServer()
        try PostgreSQLMigrator.prepare(url: server.url("postgres"))
        let database = try Database.open(url: server.url("postgres"))
        for _ in 0..<2 {
            try await withThrowingTaskGroup { group in
                for _ in 0..<20 { group.addTask { try await database.read { try UserTable.count(in: $0) } } }
                for try await count in group { #expect(count == 0) }
            }
            try server.stop()
            try server.start()
        }
        #expect(try await database.read { try UserTable.count(in: $0) } == 0)
    }

    @Test("while the server is stopped calls fail at once; soon after its return they succeed")
    func stopped() async throws {
        let server = try PostgreSQLServer()
        let pool = try openPool(server)
        _ = try await recovery(pool)
        try server.stop()
        for _ in 0..<20 {
            try await expectUnavailable(pool, within: .milliseconds(500))
            try await Task.sleep(for: .milliseconds(20))
        }
        try server.start()
        #expect(try await recovery(pool) < .seconds(4))
    }

    @Test("a server that keeps silent is given up: calls fail in time, and succeed after it has woken up")
    func frozen() async throws {
        let server = try PostgreSQLServer()
        let pool = try openPool(server)
        _ = try await recovery(pool)
        try server.freeze()
        // The connection that was idle, then a new one.
        for _ in 0..<3 { try await expectUnavailable(pool, within: .seconds(4)) }
        try server.thaw()
        #expect(try await recovery(pool) < .seconds(5))
    }

    @Test("a connection that is cut in a transaction makes the call fail; nothing of it is stored; the next succeeds")
    func cut() async throws {
        let url = try await PostgreSQLServer.shared.value.makeDatabase()
        let database = try Database.open(url: url)
        let error = await #expect(throws: StorageError.self) {
            try await database.write { session in
                try UserTable.insert(.sample("a"), in: session)
                try session.run("SELECT pg_terminate_backend(pg_backend_pid())", [])
            }
        }
        #expect(error?.reason == .unavailable)
        #expect(try await database.read { try UserTable.count(in: $0) } == 0)
    }

    @Test(
        "a server that cannot be reached is told by its place and the cause, without the password",
        arguments: [
            ("postgresql://u:sekret@127.0.0.1:1/d", "Connection refused"),
            ("postgresql:///d?host=/nonexistent&password=sekret", "No such file or directory"),
            ("postgresql://u:sekret@nowhere.invalid/d", "could not translate host name"),
            ("postgresql://u:pass@sekret@127.0.0.1:1/d", ""),
        ])
    func unreachable(url: String, cause: String) async throws {
        let database = try Database.open(url: url)
        for _ in 0..<3 {
            let error = await #expect(throws: StorageError.self) {
                try await database.read { try UserTable.count(in: $0) }
            }
            #expect(error?.reason == .unavailable)
            #expect(error?.message.contains(cause) == true || cause.isEmpty)
            #expect(error?.description.contains("sekret") == false)
        }
    }

    @Test("what the server says to a connection that it refuses is passed on")
    func refused() async throws {
        let url = try await PostgreSQLServer.shared.value.url("nope")
        let error = #expect(throws: StorageError.self) { try PostgreSQLMigrator.prepare(url: url) }
        #expect(error?.reason == .unavailable)
        #expect(error?.message.hasSuffix("database \"nope\" does not exist.") == true)
    }
}
