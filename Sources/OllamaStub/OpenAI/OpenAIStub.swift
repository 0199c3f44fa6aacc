import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A scriptable server with OpenAI's API, for tests. No model runs: tokens are numbered words.
///
/// It speaks real HTTP on a real port, and does what real servers do wrong when its script says so.
public final class OpenAIStub: Sendable {
    struct State: Sendable {
        var script: OpenAIScript
        var figures = OpenAIFigures()
    }

    let state: Mutex<State>
    private let listener = Mutex<(any Channel)?>(nil)
    private let connections = Mutex<[ObjectIdentifier: any Channel]>([:])
    private let boundPort = Mutex(0)
    /// Requests that are remembered.
    private static let memory = 1000

    private init(_ script: OpenAIScript) { state = Mutex(State(script: script)) }

    /// Listens on `host`; port 0: any free one.
    public static func start(
        _ script: OpenAIScript = OpenAIScript(), host: String = "127.0.0.1", port: Int = 0
    ) async throws -> OpenAIStub {
        let stub = OpenAIStub(script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(OpenAIStubHandler(stub))
                    stub.opened(channel)
                }
            }
            .bind(host: host, port: port).get()
        stub.listener.withLock { $0 = channel }
        stub.boundPort.withLock { $0 = channel.localAddress?.port ?? 0 }
        return stub
    }

    public var port: Int { boundPort.withLock { $0 } }
    public var origin: String { "http://127.0.0.1:\(port)" }
    public var url: String { origin + "/v1" }
    public var figures: OpenAIFigures { state.withLock { $0.figures } }

    /// Behaves otherwise from the next request on.
    public func change(_ body: @Sendable (inout OpenAIScript) -> Void) { state.withLock { body(&$0.script) } }

    /// Listens no more and cuts every connection, as a crash does.
    public func stop() async {
        let channel = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        try? await channel?.close().get()
        for connection in connections.withLock({ Array($0.values) }) { try? await connection.close().get() }
    }

    private func opened(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        connections.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in self.connections.withLock { $0[id] = nil } }
    }

    func note(_ body: @Sendable (inout OpenAIFigures) -> Void) { state.withLock { body(&$0.figures) } }

    func saw(_ request: OpenAIFigures.Request) {
        note { figures in
            if figures.requests.count == Self.memory { figures.requests.removeFirst() }
            figures.requests.append(request)
        }
    }
}
