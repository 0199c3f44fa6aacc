import ArgumentParser
import Glibc

/// One executable holds the supervisor, every daemon and the operator's commands.
@main
enum Main {
    static func main() {
        let arguments = CommandLine.arguments
        // What the supervisor starts; not for people, so not among the commands.
        if arguments.count == 3, arguments[1] == "daemon" { DaemonTable.run(arguments[2]) }
        Martlet.main()
    }
}

struct Martlet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "An Open WebUI-compatible server for systemd-managed hosts.",
        discussion: """
            Start it with `martlet serve`; look at it with `martlet status`.
            Exit codes: 0 done, 1 failed, 64 wrong usage, 69 nothing serves, 78 wrong configuration.
            """,
        subcommands: [
            Serve.self, Status.self, Restart.self, Stop.self, Start.self, Reload.self, Upgrade.self, Doctor.self,
            Backup.self, Restore.self, Import.self, SCIMCommand.self, LoadBalancing.self, Call.self, Config.self,
            Version.self,
        ])
}

/// Exit codes as in sysexits(3).
enum ExitStatus {
    static let failed: Int32 = 1
    static let usage: Int32 = 64
    static let unavailable: Int32 = 69
    static let configuration: Int32 = 78
}

/// Prints to stderr, the program's name before it.
func complain(_ text: String) {
    var line = "martlet: \(text)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
