/// The engine for several hosts: a PostgreSQL database that `PostgreSQLMigrator.prepare` has made ready.
///
/// Calls run on a few threads of its own, with a connection each, opened when needed and kept. While the server is away
/// calls fail at once with `StorageError.Reason.unavailable`, and succeed again within two seconds of its return. A body may
/// be run several times: it must do nothing but ask the database. The server, or a pooler before it, must keep sessions
/// (pgbouncer: `pool_mode = session`).
public final class PostgreSQLEngine: DatabaseEngine {
    /// How many calls may wait for a thread.
    static let queueCapacity = 1_000

    private let pool: ConnectionPool
    private let workers: WorkerPool
    private let attempts: Int

    init(_ url: PostgreSQLURL, connections: Int, limits: PostgreSQLLimits) {
        pool = ConnectionPool(url, limits: limits)
        workers = WorkerPool(name: "postgresql", threads: connections, capacity: Self.queueCapacity)
        attempts = limits.attempts
    }

    /// Does not connect yet: a daemon may start while the server is away.
    /// - Parameters:
    ///   - url: Open WebUI's `DATABASE_URL`.
    ///   - connections: at the same time, at most; each is one of the server's `max_connections`.
    /// - Throws: `StorageError` for a URL that is none, or without libpq.
    public static func open(url: String, connections: Int = 4) throws -> PostgreSQLEngine {
        PostgreSQLEngine(try PostgreSQLURL(url), connections: connections, limits: PostgreSQLLimits())
    }

    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await run(.read, body)
    }

    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await run(.write, body)
    }

    public func close() async throws { await pool.close() }

    private func run<Value: Sendable>(
        _ kind: PostgreSQLTransaction.Kind, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        let transaction = PostgreSQLTransaction(pool: pool, kind: kind, attempts: attempts)
        do {
            return try await workers.run { try transaction.run(body) }
        } catch is WorkerPool.Full {
            throw StorageError.overloaded
        }
    }
}
