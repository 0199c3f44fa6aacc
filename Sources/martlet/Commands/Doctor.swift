import ArgumentParser
import Contracts
import DaemonKit
import Glibc
import Link
import Reactor
import Storage
import Supervisor

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check configuration, directories, database, sockets and backends; say what to do.",
        discussion: "Exit code 1 when anything is wrong.")

    @Option(help: "File with settings, as for `martlet serve`.")
    var config: String?
    @Option(help: "Directory of the database, as for `martlet serve`.")
    var dataDir: String?
    @OptionGroup var location: SupervisorLocation

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let checkup = Checkup(
            file: config.map(Directories.absolute), dataDir: dataDir, directory: location.directory)
        Reactor.shared.runForever {
            Task { @ReactorActor in
                let problems = await checkup.run()
                print(problems == 0 ? "\nall is well" : "\n\(problems) problem\(problems == 1 ? "" : "s") found")
                Glibc.exit(problems == 0 ? 0 : ExitStatus.failed)
            }
        }
    }
}
