import ArgumentParser
import Contracts
import FoundationEssentials
import Link

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the daemons, the backends and the jobs.")

    @OptionGroup var location: SupervisorLocation
    @Flag(help: "Print one JSON object, for programs.")
    var json = false

    func run() throws {
        let json = json
        ControlCommand.run(location) { client in
            let status = try await client.call(Methods.status, ControlStatusRequest(), timeout: .seconds(10))
            print(json ? try StatusReport.json(status) : StatusReport.table(status))
            return status.daemons.allSatisfy { $0.state == "ready" } ? 0 : ExitStatus.failed
        }
    }
}
