import FoundationEssentials
import GRDB

/// What administrators saved, flattened: dotted key → text, as the settings of Open WebUI are known by.
///
/// Booleans are `true` and `false`, lists of texts are joined by `;`, null counts as not saved, and objects are
/// entered. For whoever needs the settings before, or without, an open `Database`.
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
            flatten(try JSONDecoder().decode(Node.self, from: Data(data)), "", into: &flat)
            return flat
        } catch {
            throw StorageError.from(error, path: path)
        }
    }

    /// The same on a thread of its own.
    public static func read(path: String) async throws -> [String: String] {
        try await WorkerPool(name: "settings", threads: 1, capacity: 1).run { try readBlocking(path: path) }
    }

    private static func flatten(_ node: Node, _ prefix: String, into flat: inout [String: String]) {
        switch node {
        case .text(let text): flat[prefix] = text
        case .list(let list): flat[prefix] = list.joined(separator: ";")
        case .members(let members):
            for (name, child) in members { flatten(child, prefix.isEmpty ? name : "\(prefix).\(name)", into: &flat) }
        case .nothing: break
        }
    }

    private enum Node: Decodable {
        case text(String)
        case list([String])
        case members([String: Node])
        case nothing

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self = .text(value ? "true" : "false")
            } else if let value = try? container.decode(Int64.self) {
                self = .text(String(value))
            } else if let value = try? container.decode(Double.self) {
                self = .text(String(value))
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([String].self) {
                self = .list(value)
            } else if let value = try? container.decode([String: Node].self) {
                self = .members(value)
            } else {
                self = .nothing
            }
        }
    }
}
