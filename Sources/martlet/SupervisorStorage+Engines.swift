import Contracts
import DaemonKit
import Storage
import Supervisor

extension SupervisorStorage {
    /// The database that the settings name: PostgreSQL by DATABASE_URL, else the embedded one in the data directory.
    static func chosen(by settings: Settings) -> SupervisorStorage {
        let url = settings.text("DATABASE_URL")
        guard !url.isEmpty else { return sqlite }
        return SupervisorStorage(
            prepare: { _ in try PostgreSQLMigrator.prepare(url: url) },
            savedSettings: { _ in try await SavedSettings.read(url: url) })
    }

    private static let sqlite = SupervisorStorage(
        prepare: { try Migrator.prepare(path: path($0)) },
        savedSettings: { try await SavedSettings.read(path: path($0)) })

    /// What was saved, before there is an event loop. Blocks.
    static func savedSettings(_ settings: Settings, dataDirectory: String) throws -> JSONValue {
        let url = settings.text("DATABASE_URL")
        return url.isEmpty
            ? try SavedSettings.readBlocking(path: path(dataDirectory)) : try SavedSettings.readBlocking(url: url)
    }

    /// `webui.db` of the embedded engine.
    static func path(_ dataDirectory: String) -> String { dataDirectory + "/webui.db" }
}
