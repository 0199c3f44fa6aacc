import ArgumentParser
import Contracts
import Link
import Reactor

struct Upgrade: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replace the running supervisor and its daemons by the installed executable.",
        discussion: "Process id, sockets and open connections are kept; each daemon is handed over in turn.")

    @Option(help: "The new executable; without it, the path that was started.")
    var executable: String?
    @OptionGroup var location: SupervisorLocation

    func run() throws {
        let executable = executable.map(Directories.absolute) ?? ""
        ControlCommand.run(location) { client in
            var request = ControlUpgradeRequest()
            request.executable = executable
            let generation = try await client.call(Methods.upgrade, request, timeout: .seconds(60)).generation
            let status = try await Self.follow(client, generation)
            guard status.generation == generation, status.upgrade == "done" else {
                complain("upgrade \(status.upgrade.isEmpty ? "did not happen" : status.upgrade)")
                return ExitStatus.failed
            }
            print("martlet \(status.version) serves, generation \(status.generation)")
            return 0
        }
    }

    /// The supervisor breaks the connection when it replaces itself: ask until it says that it is done.
    @ReactorActor
    private static func follow(_ client: LinkClient, _ generation: UInt32) async throws -> ControlStatus {
        let deadline = ContinuousClock.now + .seconds(600)
        while true {
            let isLate = ContinuousClock.now > deadline
            if let status = try? await client.call(Methods.status, ControlStatusRequest(), timeout: .seconds(5)) {
                let isOver = status.upgrade != "running" && !status.upgrade.isEmpty
                if isOver || isLate { return status }
            } else if isLate {
                throw LinkError(.deadlineExceeded, "the upgraded supervisor does not answer")
            }
            client.close()
            await withCheckedContinuation { continuation in
                Reactor.shared.schedule(after: .milliseconds(50)) { continuation.resume() }
            }
        }
    }
}
