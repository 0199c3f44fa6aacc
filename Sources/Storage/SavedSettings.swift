import Contracts
import FoundationEssentials
import GRDB

/// What administrators saved, flattened: dotted key → text, as the settings of Open WebUI are known by.
///
/// Booleans are `true` and `false`, lists of texts are joined by `;`, null counts as not saved, and objects are given
/// as JSON and entered too. For whoever needs the settings before, or without, an open `Database`.
public enum SavedSettings {
    /// Blocks for some milliseconds. Empty where there is no database yet.
    /// - Throws: `StorageError`.
    public static func readBlocking(path: String) throws -> [String: String] {
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            guard let data = try queue.read({ try ConfigTable.latest(in: $0) }) else { return [:] }
            var flat: [String: String] = [:]
            flatten(try JSONDecoder().decode(JSONValue.self, from: Data(data)), "", into: &flat)
            return flat
        } catch {
            throw StorageError.from(error, path: path)
        }
    }

    /// The same from PostgreSQL; empty where nothing was prepared yet.
    public static func readBlocking(url: String) throws -> [String: String] {
        let session = PostgreSQLSession(try PostgreSQLConnection(PostgreSQLURL(url), limits: .migration))
        let tables = try session.rows("SELECT 1 FROM pg_tables WHERE tablename = 'config'", []) { try $0.integer(0) }
        guard !tables.isEmpty, let data = try ConfigTable.latest(in: session) else { return [:] }
        var flat: [String: String] = [:]
        flatten(try JSONDecoder().decode(JSONValue.self, from: Data(data)), "", into: &flat)
        return flat
    }

    /// The same on a thread of its own.
    public static func read(url: String) async throws -> [String: String] {
        try await WorkerPool(name: "settings", threads: 1, capacity: 1).run { try readBlocking(url: url) }
    }

    /// The same on a thread of its own.
    public static func read(path: String) async throws -> [String: String] {
        try await WorkerPool(name: "settings", threads: 1, capacity: 1).run { try readBlocking(path: path) }
    }

    private static func flatten(_ value: JSONValue, _ prefix: String, into flat: inout [String: String]) {
        switch value {
        case .null: break
        case .bool(let flag): flat[prefix] = flag ? "true" : "false"
        case .integer(let number): flat[prefix] = String(number)
        case .number(let number): flat[prefix] = String(number)
        case .string(let text): flat[prefix] = text
        case .array(let list):
            let texts = list.compactMap(\.text)
            flat[prefix] = texts.count == list.count ? texts.joined(separator: ";") : value.encoded
        case .object(let members):
            if !prefix.isEmpty { flat[prefix] = value.encoded }
            for (name, child) in members { flatten(child, prefix.isEmpty ? name : "\(prefix).\(name)", into: &flat) }
        }
    }
}
