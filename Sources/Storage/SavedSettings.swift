import Contracts
import FoundationEssentials
import GRDB

/// The document that administrators saved (`config` table), for whoever needs it before, or without, an open `Database`.
public enum SavedSettings {
    /// Blocks for some milliseconds. An empty object where there is no database yet, or nothing was saved.
    /// - Throws: `StorageError`.
    public static func readBlocking(path: String) throws -> JSONValue {
        guard FileManager.default.fileExists(atPath: path) else { return .object([:]) }
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            return try decode(queue.read { try ConfigTable.latest(in: $0) })
        } catch {
            throw StorageError.from(error, path: path)
        }
    }

    /// The same from PostgreSQL.
    public static func readBlocking(url: String) throws -> JSONValue {
        let session = PostgreSQLSession(try PostgreSQLConnection(PostgreSQLURL(url), limits: .migration))
        let tables = try session.rows("SELECT 1 FROM pg_tables WHERE tablename = 'config'", []) { try $0.integer(0) }
        return try decode(tables.isEmpty ? nil : ConfigTable.latest(in: session))
    }

    /// The same on a thread of its own.
    public static func read(url: String) async throws -> JSONValue {
        try await WorkerPool(name: "settings", threads: 1, capacity: 1).run { try readBlocking(url: url) }
    }

    /// The same on a thread of its own.
    public static func read(path: String) async throws -> JSONValue {
        try await WorkerPool(name: "settings", threads: 1, capacity: 1).run { try readBlocking(path: path) }
    }

    private static func decode(_ data: [UInt8]?) throws -> JSONValue {
        try data.map { try JSONValue(json: $0) } ?? .object([:])
    }
}
