import Storage
import Supervisor

extension SupervisorStorage {
    /// The embedded database, `webui.db` in the data directory.
    static let sqlite = SupervisorStorage(
        prepare: { try Migrator.prepare(path: path($0)) },
        savedSettings: { try await SavedSettings.read(path: path($0)) })

    static func path(_ dataDirectory: String) -> String { dataDirectory + "/webui.db" }
}
