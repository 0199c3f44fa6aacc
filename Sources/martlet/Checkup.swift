import Contracts
import DaemonKit
import Glibc
import Link
import Reactor
import Redis
import Storage
import Supervisor

/// What `martlet doctor` looks at, in the order in which a fault in one explains faults in the next.
struct Checkup: Sendable {
    var file: String?
    var dataDir: String?
    /// The supervisor's runtime directory.
    var directory: String

    /// Prints a line for each check; how many found something wrong.
    @ReactorActor
    func run() async -> Int {
        var problems = 0
        let settings = checkConfiguration(&problems)
        await checkDatabase(settings, &problems)
        await checkRedis(settings, &problems)
        let client = LinkClient(
            path: directory + "/control.sock",
            configuration: SessionConfiguration(role: "cli", build: BuildVersion.text))
        guard let status = await checkSupervisor(client, &problems) else { return problems }
        for daemon in status.daemons { report(daemon, &problems) }
        for name in DaemonName.allCases where name != .api { await checkSocket(name, &problems) }
        if status.backends.isEmpty { bad("backends: none is configured", "set OLLAMA_BASE_URLS", &problems) }
        for backend in status.backends {
            backend.healthy
                ? good("backend \(backend.url): \(backend.models.count) models")
                : bad(
                    "backend \(backend.url) does not answer",
                    "is Ollama running there, and does it listen on that address?", &problems)
        }
        return problems
    }

    private func checkConfiguration(_ problems: inout Int) -> Settings {
        let loader = ConfigurationLoader(file: file, commandLine: [:], environment: ServePlan.environment())
        do {
            let settings = try loader.load()
            good("configuration: valid" + (file.map { " (\($0))" } ?? ""))
            return settings
        } catch {
            for line in "\(error)".split(separator: "\n") { bad("configuration: \(line)", "correct it", &problems) }
            return Settings()
        }
    }

    @ReactorActor
    private func checkDatabase(_ settings: Settings, _ problems: inout Int) async {
        let url = settings.text("DATABASE_URL")
        guard url.isEmpty else {
            do {
                _ = try await SavedSettings.read(url: url)
                return good("database: PostgreSQL answers")
            } catch {
                return bad("database: \(error)", "is DATABASE_URL right, and does the server run?", &problems)
            }
        }
        let data = Directories.data(dataDir, configured: settings.text("DATA_DIR"))
        let path = SupervisorStorage.path(data)
        guard access(path, F_OK) == 0 else {
            return good("database: none yet at \(path); `martlet serve` makes it")
        }
        guard access(path, R_OK | W_OK) == 0 else {
            return bad(
                "database: no permission for \(path)", "run this as martlet's account, or give it the file", &problems)
        }
        do {
            _ = try await SavedSettings.read(path: path)
            good("database: \(path) can be read")
        } catch {
            bad("database: \(error)", "restore a backup if it is damaged", &problems)
        }
    }

    @ReactorActor
    private func checkRedis(_ settings: Settings, _ problems: inout Int) async {
        // What is no URL was a fault of the configuration.
        guard let url = try? RedisURL(settings.text("REDIS_URL")) else { return }
        do throws(RedisError) {
            try await RedisProbe.run(url)
            good("redis: \(url) answers")
        } catch .noLibrary(let why) {
            bad(
                "redis: hiredis cannot be loaded: \(why)", "`apt install libhiredis0.14`, or unset REDIS_URL", &problems
            )
        } catch {
            bad("redis: \(url): \(error)", "is REDIS_URL right, and does the server run?", &problems)
        }
    }

    @ReactorActor
    private func checkSupervisor(_ client: LinkClient, _ problems: inout Int) async -> ControlStatus? {
        do {
            let status = try await client.call(Methods.status, ControlStatusRequest(), timeout: .seconds(5))
            good("supervisor: pid \(status.supervisorPid), version \(status.version)")
            if status.version != BuildVersion.text {
                bad("this program is version \(BuildVersion.text), another one runs", "`martlet upgrade`", &problems)
            }
            return status
        } catch {
            bad(
                "supervisor: \(error.text)", "`systemctl start martlet`, or `martlet serve`; give its --runtime-dir",
                &problems)
            return nil
        }
    }

    private func report(_ daemon: ControlDaemonStatus, _ problems: inout Int) {
        guard daemon.state != "ready" else { return good("\(daemon.name): ready, pid \(daemon.pid)") }
        let why = daemon.detail.isEmpty ? "" : " (\(daemon.detail))"
        let advice =
            daemon.state == "stopped" ? "`martlet start \(daemon.name)`" : "look at its log: `journalctl -u martlet`"
        bad("\(daemon.name): \(daemon.state)\(why)", advice, &problems)
    }

    @ReactorActor
    private func checkSocket(_ name: DaemonName, _ problems: inout Int) async {
        let path = "\(directory)/\(name.rawValue).sock"
        let client = LinkClient(path: path, configuration: SessionConfiguration(role: "cli", build: BuildVersion.text))
        do {
            _ = try await client.call(Methods.ping, ControlPing(), timeout: .seconds(5))
            good("\(path): answers")
        } catch {
            bad("\(path): \(error.text)", "`martlet restart \(name.rawValue)`", &problems)
        }
        client.close()
    }

    private func good(_ text: String) { print("ok    \(text)") }

    private func bad(_ text: String, _ advice: String, _ problems: inout Int) {
        problems += 1
        print("FAULT \(text)\n      → \(advice)")
    }
}
