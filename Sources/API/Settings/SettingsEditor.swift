import Contracts
import DaemonKit
import Identity
import Logging
import Storage

/// Saves settings in the `config` table, and has every daemon take them over before it returns.
struct SettingsEditor: Sendable {
    let database: Database
    let board: SettingsBoard
    /// The supervisor reads the table again and tells every daemon; returns when they have taken it over.
    let announce: @Sendable (_ keys: [String]) async throws -> Void
    let logger: Logger

    private static let notAnnounced = APIError(
        status: 503, detail: "The settings are saved, but they do not hold yet. Please try again in a moment.")

    private static let tooLong = APIError(
        status: 400, detail: "The settings are longer than \(Settings.savedLimit) bytes in the whole.")
    /// Of the whole saved document, with what Martlet does not know: the supervisor reads it at each change.
    static let documentLimit = 4 << 20
    private static let tooLarge = APIError(
        status: 413, detail: "The saved settings would take more than \(documentLimit) bytes.")

    /// What is saved, as Open WebUI has it: keys that Martlet does not know too.
    func document() async throws(APIError) -> JSONValue {
        try await run { session in
            try ConfigTable.latest(in: session).map { try JSONValue(json: $0) } ?? .object([:])
        }
    }

    /// The saved document with the values in force of every setting that is kept in it.
    func whole() async throws(APIError) -> JSONValue {
        var document = try await document()
        let settings = board.settings
        for setting in SettingDefinition.all {
            guard let place = setting.persistedAt else { continue }
            if setting.kind == .object, settings.text(setting.key).isEmpty { continue }
            document.set(settings.json(setting.key), at: place)
        }
        return document
    }

    /// Saves values by the names of their settings. All or none.
    /// - Parameter values: in the JSON types of Open WebUI, valid for the kind of their setting.
    func save(_ values: [String: JSONValue]) async throws(APIError) {
        var changes: [(place: String, json: String)] = []
        for (key, value) in values {
            guard let place = SettingDefinition.named(key)?.persistedAt else { continue }
            changes.append((place, value.encoded))
        }
        guard !changes.isEmpty else { return }
        let sorted = changes.sorted { $0.place < $1.place }
        try await write { session in
            for change in sorted { try ConfigTable.patch(change.place, json: change.json, in: session) }
            try Self.checkSize(ConfigTable.latest(in: session).map { try JSONValue(json: $0) } ?? .object([:]))
        }
        try await tell(sorted.map(\.place))
    }

    /// Puts a subtree into the saved document, object by object.
    func merge(_ changes: JSONValue) async throws(APIError) {
        try await write { session in
            let old = try ConfigTable.latest(in: session).map { try JSONValue(json: $0) } ?? .object([:])
            let new = old.merging(changes)
            try Self.checkSize(new)
            try ConfigTable.save(Array(new.encoded.utf8), in: session)
        }
        try await tell(Self.places(in: changes))
    }

    /// Replaces the whole saved document, as an import does.
    func replace(_ document: JSONValue) async throws(APIError) {
        try Self.checkSize(document)
        try await write { try ConfigTable.save(Array(document.encoded.utf8), in: $0) }
        try await tell(Self.places(in: document))
    }

    /// What is longer would not reach the daemons.
    private static func checkSize(_ document: JSONValue) throws(APIError) {
        guard Settings.savedSize(document) <= Settings.savedLimit else { throw tooLong }
    }

    /// Where a document has settings.
    private static func places(in document: JSONValue) -> [String] {
        SettingDefinition.all.compactMap(\.persistedAt).filter { document.value(at: $0) != nil }
    }

    private func tell(_ keys: [String]) async throws(APIError) {
        do {
            try await announce(keys)
        } catch {
            logger.error(
                "saved settings were not announced",
                metadata: ["keys": "\(keys.joined(separator: ","))", "error": "\(error)"])
            throw Self.notAnnounced
        }
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(APIError) -> Value {
        do {
            return try await database.read(body)
        } catch {
            throw failure(error)
        }
    }

    /// Refuses a document that grows beyond the limit; a larger one from elsewhere stays, and may shrink.
    private func write(_ body: @escaping @Sendable (any SQLSession) throws -> Void) async throws(APIError) {
        do {
            try await database.write { session in
                let before = try ConfigTable.latest(in: session)?.count ?? 0
                try body(session)
                let after = try ConfigTable.latest(in: session)?.count ?? 0
                guard after <= max(before, Self.documentLimit) else { throw Self.tooLarge }
            }
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: any Error) -> APIError {
        APIError(of: error, "settings could not be read or saved", logger)
    }
}
