import Contracts
import Glibc
import NIOCore
import Reactor

@testable import Link

/// A listener with a router on a Unix socket of its own, and clients for it.
@ReactorActor
final class TestServer {
    let directory: TemporaryDirectory
    let router = LinkRouter()
    let listener: LinkListener
    /// Another descriptor of the same listening socket, as the supervisor keeps one.
    let spare: CInt
    private var clients: [LinkClient] = []
    private var isClosed = false

    struct Options: Sendable {
        var configuration = SessionConfiguration(role: "server")
        var policy = PeerPolicy()
        var limits = LinkConnection.Limits()
        var maximumConnections = 1024
        var mode: mode_t = 0o600
    }

    nonisolated var path: String { directory.socket }

    private init(_ options: Options) throws {
        directory = try TemporaryDirectory()
        let fd = try UnixSocket.listen(directory.socket, mode: options.mode, group: nil)
        spare = dup(fd)
        listener = LinkListener(
            fd: fd, configuration: options.configuration, service: router, policy: options.policy,
            maximumConnections: options.maximumConnections)
        listener.limits = options.limits
        router.unary(Methods.ping) { request, _ in
            var reply = ControlPong()
            reply.text = request.text
            return reply
        }
        listener.start()
    }

    /// Runs `body` with a server; afterwards everything is closed.
    nonisolated static func with(
        _ options: Options = Options(), _ body: @ReactorActor (TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer(options)
        do {
            try await body(server)
        } catch {
            await server.close()
            throw error
        }
        await server.close()
    }

    func client() -> LinkClient {
        let client = LinkClient(path: path, configuration: SessionConfiguration(role: "client"))
        clients.append(client)
        return client
    }

    func ping(_ client: LinkClient, _ text: String = "hello", timeout: Duration = .seconds(20)) async throws -> String {
        var request = ControlPing()
        request.text = text
        return try await client.call(Methods.ping, request, timeout: timeout).text
    }

    private func close() {
        for client in clients { client.close() }
        listener.closeAll()
        Glibc.close(spare)
    }
}

/// Lets handlers wait until the test says so.
@ReactorActor
final class Gate {
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private(set) var isOpen = false
    var waiters: Int { waiting.count }

    nonisolated init() {}

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func pass() async {
        if !isOpen { await withCheckedContinuation { waiting.append($0) } }
    }
}

/// What became of a handler that waits for its cancellation.
@ReactorActor
final class Witness {
    private(set) var isRunning = false
    private(set) var isCancelled = false

    nonisolated init() {}

    /// Waits until it is cancelled.
    func hang() async throws {
        isRunning = true
        do {
            try await Task.sleep(for: .seconds(60))
        } catch {
            isCancelled = true
            throw error
        }
    }
}
