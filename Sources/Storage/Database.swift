/// The database of one daemon, on whichever engine the operator has chosen. What is behind it, the tables do not know.
///
/// A transaction must not span a network call, and none may hold a write lock for longer than 50 ms: do long sweeps in
/// batches.
public final class Database: Sendable {
    private let engine: any DatabaseEngine

    public init(_ engine: any DatabaseEngine) { self.engine = engine }

    /// The embedded engine on an existing file. Blocks for some milliseconds: call it at start.
    /// - Throws: `StorageError`.
    public static func open(path: String) throws -> Database { Database(try SQLiteEngine.open(path: path)) }

    /// The engine for several hosts, by Open WebUI's `DATABASE_URL` (`postgresql://…`). Does not connect yet.
    /// - Throws: `StorageError`; its text never holds the password.
    public static func open(url: String) throws -> Database { Database(try PostgreSQLEngine.open(url: url)) }

    /// Runs `body` in a read transaction: it sees one state of the database, whatever is written meanwhile.
    /// - Throws: `StorageError`, or what `body` throws.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await engine.read(body)
    }

    /// Runs `body` in a write transaction; it is rolled back when `body` throws.
    /// - Throws: `StorageError`, or what `body` throws.
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await engine.write(body)
    }

    /// Ends all connections; calls after this one fail. Waits for those under way.
    public func close() async throws { try await engine.close() }
}

/// What an engine does for `Database`. Bodies run on threads that may block, never on the cooperative pool.
public protocol DatabaseEngine: Sendable {
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> Value) async throws -> Value
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> Value) async throws -> Value
    func close() async throws
}
