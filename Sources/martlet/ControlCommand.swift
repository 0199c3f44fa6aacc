import ArgumentParser
import Contracts
import Glibc
import Link
import Reactor

/// Options of every command that talks to the running supervisor.
struct SupervisorLocation: ParsableArguments {
    @Option(help: "Directory of the running supervisor's sockets.")
    var runtimeDir: String?

    var directory: String { Directories.runtimeOfSupervisor(runtimeDir) }
    var controlSocket: String { directory + "/control.sock" }
}

/// Runs what a command has to ask, on the event loop, and ends the process with its exit code.
enum ControlCommand {
    static func run(
        _ location: SupervisorLocation, _ body: @escaping @ReactorActor @Sendable (LinkClient) async throws -> Int32
    ) -> Never {
        run(socket: location.controlSocket, body)
    }

    static func run(
        socket: String, _ body: @escaping @ReactorActor @Sendable (LinkClient) async throws -> Int32
    ) -> Never {
        signal(SIGPIPE, SIG_IGN)
        Reactor.shared.runForever {
            Task { @ReactorActor in exit(await perform(socket, body)) }
        }
    }

    @ReactorActor
    private static func perform(
        _ socket: String, _ body: @ReactorActor (LinkClient) async throws -> Int32
    ) async -> Int32 {
        let client = LinkClient(
            path: socket, configuration: SessionConfiguration(role: "cli", build: BuildVersion.text))
        do {
            return try await body(client)
        } catch let error as LinkError {
            complain(explain(error, socket))
            return error.code == .unavailable && error.isSafeToRetry ? ExitStatus.unavailable : ExitStatus.failed
        } catch {
            complain("\(error)")
            return ExitStatus.failed
        }
    }

    private static func explain(_ error: LinkError, _ socket: String) -> String {
        switch error.code {
        case .unavailable where error.isSafeToRetry:
            "\(error.text). Is `martlet serve` running? Its directory can be given with --runtime-dir."
        case .permissionDenied:
            "\(error.text). Run it as root, as martlet's account, or as a member of its group (\(socket))."
        default: error.text
        }
    }
}
