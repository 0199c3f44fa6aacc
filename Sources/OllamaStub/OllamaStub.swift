import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A scriptable Ollama (and OpenAI) server for tests, benchmarks and the demo. No model runs: tokens are numbered words.
///
/// It speaks real HTTP on a real port, and does what real servers do wrong when its script says so.
public final class OllamaStub: Sendable {
    struct State: Sendable {
        var script: StubScript
        var figures = StubFigures()
        var loaded: Set<String>
        /// Digests, `sha256:…`.
        var blobs: Set<String> = []
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    let state: Mutex<State>
    private let listener = Mutex<(any Channel)?>(nil)
    private let connections = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let boundPort = Mutex(0)

    private init(script: StubScript) {
        state = Mutex(State(script: script, loaded: Set(script.models.filter(\.isLoaded).map(\.name))))
    }

    /// Listens on `host`; port 0: any free one.
    public static func start(
        script: StubScript = StubScript(), host: String = "127.0.0.1", port: Int = 0
    ) async throws -> OllamaStub {
        let stub = OllamaStub(script: script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(StubHandler(stub))
                    stub.opened(channel)
                }
            }
            .bind(host: host, port: port).get()
        stub.listener.withLock { $0 = channel }
        stub.boundPort.withLock { $0 = channel.localAddress?.port ?? 0 }
        return stub
    }

    public var port: Int { boundPort.withLock { $0 } }
    public var url: String { "http://127.0.0.1:\(port)" }
    public var figures: StubFigures { state.withLock { $0.figures } }

    /// What it has now.
    public var models: [String] { state.withLock { $0.script.models.map(\.name) } }

    /// Behaves otherwise from the next request on.
    public func change(_ body: @Sendable (inout StubScript) -> Void) { state.withLock { body(&$0.script) } }

    /// Listens no more and cuts every connection, as a crash does.
    public func stop() async {
        let channel = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        try? await channel?.close().get()
        for connection in connections.withLock({ Array($0.values) }) { try? await connection.close().get() }
    }

    /// Returns when it is stopped.
    public func stopped() async throws { try await listener.withLock { $0 }?.closeFuture.get() }

    func hasBlob(_ digest: String) -> Bool { state.withLock { $0.blobs.contains(digest) } }
    func keepBlob(_ digest: String) { state.withLock { _ = $0.blobs.insert(digest) } }
    func unload(_ model: String) { state.withLock { _ = $0.loaded.remove(model) } }

    private func opened(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        connections.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in self.connections.withLock { $0[id] = nil } }
    }

    /// Runs `body` when there is a slot; it ends with `leave`.
    func enter(_ body: @escaping @Sendable () -> Void) {
        let begins = state.withLock { state in
            guard state.running < state.script.slots ?? .max else {
                state.waiting.append(body)
                return false
            }
            state.running += 1
            return true
        }
        if begins { body() }
    }

    func leave() {
        let next = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.waiting.isEmpty, state.running <= state.script.slots ?? .max else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?()
    }

    func note(_ body: @Sendable (inout StubFigures) -> Void) { state.withLock { body(&$0.figures) } }
}
