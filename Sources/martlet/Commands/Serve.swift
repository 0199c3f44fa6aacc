import ArgumentParser
import CLinux
import DaemonKit
import Glibc
import Logging
import Reactor
import Supervisor

/// `martlet serve`: the supervisor.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start the supervisor and its daemons.",
        discussion: "Settings come from the command line, the environment, the file of --config and what was saved; "
            + "`martlet config` prints them all with their sources.")

    @Option(help: "File with settings, KEY=value a line (systemd's EnvironmentFile format).")
    var config: String?

    @Option(help: "Directory of the database and of uploads (DATA_DIR).")
    var dataDir: String?

    @Option(help: "Directory of the Unix sockets.")
    var runtimeDir: String?

    @Option(help: "Address to serve HTTP on (HOST).")
    var host: String?

    @Option(help: "Port to serve HTTP on (PORT).")
    var port: String?

    @Option(name: .customLong("set"), help: "Any setting, KEY=value; may be given several times.")
    var settings: [String] = []

    @Flag(help: "Check configuration and directories, start nothing.")
    var check = false

    func run() throws {
        let plan = try ServePlan(self)
        if check { return print("configuration is valid") }
        // The thread that spawns must live as long as the process: the main thread turns the loop.
        Reactor.shared.runForever {
            let supervisor = Supervisor(options: plan.options, settings: plan.settings, storage: plan.storage)
            Task { @ReactorActor in
                do {
                    try await supervisor.start()
                } catch {
                    Logger(label: "supervisor").critical("cannot start", metadata: ["error": "\(error)"])
                    Glibc.exit(ExitStatus.unavailable)
                }
            }
            SupervisorHolder.current = supervisor
        }
    }
}

@ReactorActor
private enum SupervisorHolder {
    static var current: Supervisor?
}
