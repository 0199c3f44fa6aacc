import GRDB
import Synchronization

/// The embedded engine: one writer (GRDB's) and a few readers on `webui.db`, which `Migrator.prepare` has made ready.
///
/// Calls run on threads of their own, never on the cooperative pool; a full queue is refused with
/// `StorageError.Reason.overloaded`.
public final class SQLiteEngine: Sendable {
    /// How many calls may wait for a thread, for reads and for writes each.
    static let queueCapacity = 1_000
    /// How long to wait for a lock that another process holds.
    static let busyTimeoutMilliseconds = 5_000
    /// Kibibytes of page cache per connection.
    static let cacheKibibytes = 2_048

    public let path: String
    private let pool: DatabasePool
    /// Those that nobody uses: as many as threads, so there is one for each that asks; none once closed.
    private let readers: Mutex<[SQLiteReader]>
    private let readerCount: Int
    private let readWorkers: WorkerPool
    private let writeWorker: WorkerPool

    private init(path: String, pool: DatabasePool, readers: [SQLiteReader]) {
        self.path = path
        self.pool = pool
        self.readers = Mutex(readers)
        readerCount = readers.count
        readWorkers = WorkerPool(name: "sqlite-read", threads: readers.count, capacity: Self.queueCapacity)
        writeWorker = WorkerPool(name: "sqlite-write", threads: 1, capacity: Self.queueCapacity)
    }

    /// Opens an existing database in WAL mode. Blocks for some milliseconds: call it at start.
    /// - Parameter readers: connections that read at the same time.
    /// - Throws: `StorageError`.
    public static func open(path: String, readers: Int = 2) throws -> SQLiteEngine {
        do {
            let pool = try DatabasePool(path: path, configuration: configuration())
            return SQLiteEngine(
                path: path, pool: pool, readers: try (0..<max(1, readers)).map { _ in try SQLiteReader(path: path) })
        } catch {
            throw StorageError.from(error, path: path)
        }
    }

    /// Runs `body` in a read transaction: it sees one state of the database, whatever is written meanwhile.
    /// - Throws: `StorageError`, or what `body` throws.
    func withReader<T: Sendable>(_ body: @escaping @Sendable (SQLiteReader) throws -> T) async throws -> T {
        try await run(on: readWorkers) { [self] in
            guard let reader = readers.withLock({ $0.popLast() }) else { throw StorageError.closed }
            defer { readers.withLock { $0.append(reader) } }
            return try reader.transaction(body)
        }
    }

    /// Runs `body` in a write transaction, one at a time; it is rolled back when `body` throws.
    /// - Throws: `StorageError`, or what `body` throws.
    func withWriter<T: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> T) async throws -> T {
        let pool = pool
        return try await run(on: writeWorker) { try pool.write(body) }
    }

    /// Ends all connections and writes the WAL back; calls after this one fail. Waits for those under way.
    public func close() async throws {
        // The last connection that is closed writes the WAL back.
        for _ in 0..<readerCount {
            try await run(on: readWorkers) { [self] in _ = readers.withLock { $0.popLast() } }
        }
        let pool = pool
        try await run(on: writeWorker) { try pool.close() }
    }

    private func run<T: Sendable>(
        on workers: WorkerPool, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        do {
            return try await workers.run(body)
        } catch is WorkerPool.Full {
            throw StorageError.overloaded
        } catch {
            throw StorageError.from(error, path: path)
        }
    }

    /// Settings that every connection of Martlet has, those of the migrator too.
    static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { connection in
            try connection.execute(sql: "PRAGMA busy_timeout = \(busyTimeoutMilliseconds)")
            try connection.execute(sql: "PRAGMA cache_size = -\(cacheKibibytes)")
            try connection.execute(sql: "PRAGMA journal_size_limit = 16777216")
        }
        return configuration
    }
}

extension SQLiteEngine: DatabaseEngine {
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await withReader { try body($0) }
    }

    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await withWriter { try body($0) }
    }
}
