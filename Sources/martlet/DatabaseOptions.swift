import ArgumentParser
import Glibc
import Storage
import Supervisor

/// Options of the commands that work on the database themselves.
struct DatabaseOptions: ParsableArguments {
    @Option(help: "File with settings, as for `martlet serve`; DATABASE_URL and DATA_DIR count here.")
    var config: String?
    @Option(help: "Directory of the database, as for `martlet serve`.")
    var dataDir: String?

    struct Place: Sendable {
        var database: DatabaseLocation
        var dataDirectory: String
    }

    /// Ends the process with 78 when the configuration is wrong.
    func place() -> Place {
        let loader = ConfigurationLoader(
            file: config.map(Directories.absolute), commandLine: [:], environment: ServePlan.environment())
        do {
            let settings = try loader.load()
            let data = Directories.data(dataDir, configured: settings.text("DATA_DIR"))
            let url = settings.text("DATABASE_URL")
            return Place(
                database: url.isEmpty ? .sqlite(path: SupervisorStorage.path(data)) : .postgresql(url: url),
                dataDirectory: data)
        } catch {
            for line in "\(error)".split(separator: "\n") { complain(String(line)) }
            Glibc.exit(ExitStatus.configuration)
        }
    }
}
