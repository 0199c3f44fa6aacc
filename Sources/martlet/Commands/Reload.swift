import ArgumentParser
import Contracts
import Link

struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the configuration again.",
        discussion: "A wrong configuration changes nothing and is reported. Daemons that need it are handed over.")

    @OptionGroup var location: SupervisorLocation

    func run() throws {
        ControlCommand.run(location) { client in
            let reply = try await client.call(Methods.reload, ControlReloadRequest(), timeout: .seconds(3600))
            print(reply.changed.isEmpty ? "nothing has changed" : "changed: \(reply.changed.joined(separator: ", "))")
            if !reply.handedOver.isEmpty { print("handed over: \(reply.handedOver.joined(separator: ", "))") }
            return 0
        }
    }
}
