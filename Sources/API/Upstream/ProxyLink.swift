import Contracts
import Link
import NIOCore
import NIOPosix

/// One event loop's connection to another daemon, ollama-lb-proxy mostly: replies are relayed on the loop that serves
/// the client.
///
/// Confined to its loop. Connects when first needed, again after a loss or when the daemon is handed over. The socket
/// belongs to the supervisor, so while the daemon restarts a connect waits instead of failing.
final class ProxyLink {
    private let loop: any EventLoop
    private let path: String
    private let configuration: SessionConfiguration
    private var current: LinkChannelHandler?
    private var connecting: EventLoopFuture<Void>?
    private var waiting: [(Result<LinkChannelHandler, LinkError>) -> Void] = []
    /// Requests that may wait for the connection at a time.
    private static let waitingLimit = 10_000

    init(loop: any EventLoop, path: String, configuration: SessionConfiguration) {
        self.loop = loop
        self.path = path
        self.configuration = configuration
    }

    /// The daemon's, by its socket.
    private var name: Substring { path.split(separator: "/").last?.dropLast(5) ?? "the daemon" }

    /// Calls `body` with a connection that takes new streams; at once when there is one.
    func use(_ body: @escaping (Result<LinkChannelHandler, LinkError>) -> Void) {
        if let current, current.acceptsNewStreams { return body(.success(current)) }
        guard waiting.count < Self.waitingLimit else {
            return body(.failure(LinkError(.resourceExhausted, "too many requests wait for \(name)")))
        }
        waiting.append(body)
        if connecting == nil { connect(attempt: 1) }
    }

    private func connect(attempt: Int) {
        let handler = LinkChannelHandler(configuration: configuration)
        handler.onUnusable = { [weak self, weak handler] in
            if self?.current === handler { self?.current = nil }
        }
        let bound = NIOLoopBound(handler, eventLoop: loop)
        let future = ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
            }
            .connect(unixDomainSocketPath: path)
        let this = NIOLoopBound(self, eventLoop: loop)
        connecting = future.map { _ in }
        future.whenComplete { result in this.value.connected(result.map { _ in bound.value }, attempt) }
    }

    private func connected(_ result: Result<LinkChannelHandler, any Error>, _ attempt: Int) {
        switch result {
        case .success(let handler):
            connecting = nil
            current = handler
            resume(.success(handler))
        case .failure where attempt < 100:
            // The daemon's socket always listens; only a full queue, or a start of everything, refuses.
            let this = NIOLoopBound(self, eventLoop: loop)
            loop.scheduleTask(in: .milliseconds(50)) { this.value.connect(attempt: attempt + 1) }
        case .failure(let error):
            connecting = nil
            resume(.failure(LinkError(.unavailable, "\(name) cannot be reached: \(error)")))
        }
    }

    private func resume(_ result: Result<LinkChannelHandler, LinkError>) {
        let all = waiting
        waiting = []
        for body in all { body(result) }
    }
}

/// The links of all event loops.
final class ProxyLinks: Sendable {
    private let links: [ObjectIdentifier: NIOLoopBound<ProxyLink>]

    init(group: any EventLoopGroup, path: String, configuration: SessionConfiguration) async throws {
        var links: [ObjectIdentifier: NIOLoopBound<ProxyLink>] = [:]
        for loop in group.makeIterator() {
            links[ObjectIdentifier(loop)] = try await loop.submit {
                NIOLoopBound(ProxyLink(loop: loop, path: path, configuration: configuration), eventLoop: loop)
            }.get()
        }
        self.links = links
    }

    /// On `loop` only.
    func link(on loop: any EventLoop) -> ProxyLink? { links[ObjectIdentifier(loop)]?.value }
}
