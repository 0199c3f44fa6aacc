import ArgumentParser
import Contracts
import Link

struct Restart: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hand a daemon over to a new process, without a failed request.",
        discussion: "Returns when the new process serves. If it does not get ready, the old one carries on.")

    @Argument(help: ArgumentHelp("One of: \(daemonNames)."))
    var name: String
    @Flag(help: "Wait until the old process has finished what it had and is gone.")
    var waitDrained = false
    @OptionGroup var location: SupervisorLocation

    func run() throws {
        var request = ControlDaemonRequest()
        request.name = name
        request.waitDrained = waitDrained
        DaemonCommand.run(location, Methods.restart, request)
    }
}

struct Stop: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop a daemon; it finishes what it has first.",
        discussion: "Its sockets stay open: who connects waits until it is started again.")

    @Argument(help: ArgumentHelp("One of: \(daemonNames)."))
    var name: String
    @OptionGroup var location: SupervisorLocation

    func run() throws {
        var request = ControlDaemonRequest()
        request.name = name
        DaemonCommand.run(location, Methods.stop, request)
    }
}

struct Start: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Start a daemon that is stopped or waits after crashes.")

    @Argument(help: ArgumentHelp("One of: \(daemonNames)."))
    var name: String
    @OptionGroup var location: SupervisorLocation

    func run() throws {
        var request = ControlDaemonRequest()
        request.name = name
        DaemonCommand.run(location, Methods.start, request)
    }
}

let daemonNames = DaemonName.allCases.map(\.rawValue).joined(separator: ", ")

enum DaemonCommand {
    /// Longer than any limit that an operator may have set for the wait: the supervisor keeps the time.
    static func run(
        _ location: SupervisorLocation, _ method: Method<ControlDaemonRequest, ControlDaemonReply>,
        _ request: ControlDaemonRequest
    ) -> Never {
        ControlCommand.run(location) { client in
            let reply = try await client.call(method, request, timeout: .seconds(90_000))
            print("\(request.name): \(reply.text)" + (reply.pid == 0 ? "" : ", pid \(reply.pid)"))
            return 0
        }
    }
}
