import Contracts
import FoundationEssentials
import Link
import NIOCore
import OllamaStub
import Reactor

/// A program that speaks with ollama-lb-proxy over its socket.
@ReactorActor
final class ProxyClient {
    let client: LinkClient

    init(_ martlet: Martlet) {
        client = LinkClient(
            path: martlet.runtime + "/ollama-lb-proxy.sock", configuration: SessionConfiguration(role: "test"))
    }

    func close() { client.close() }

    /// Starts a chat (or what `path` says) and hands back what will be heard of it.
    func start(
        _ path: String = "/api/chat", user: String = "", priority: OllamaPriority = .interactive, tokens: Int? = nil,
        model: String = "stub:1b", backend: UInt32? = nil, body: String? = nil, queueLimit: UInt32 = 0
    ) throws -> Reply {
        var exchange = OllamaExchange()
        exchange.verb = "POST"
        exchange.path = path
        exchange.model = model
        exchange.body = .init((body ?? "{\"model\":\"\(model)\",\"messages\":[]}").utf8)
        exchange.priority = priority
        exchange.userID = user
        exchange.queueLimitMs = queueLimit
        if let backend { exchange.backendIndex = backend }
        if let tokens { exchange.headers = [header("x-chunks", "\(tokens)")] }
        return try open(Methods.exchange.name, exchange.serializedBytes())
    }

    func fanout(
        _ verb: String, _ path: String, model: String, scope: OllamaScope, body: String, streamed: Bool = true
    ) throws -> Reply {
        var fanout = OllamaFanout()
        fanout.verb = verb
        fanout.path = path
        fanout.model = model
        fanout.scope = scope
        fanout.body = .init(body.utf8)
        fanout.stream = streamed
        return try open(Methods.fanout.name, fanout.serializedBytes())
    }

    private func open(_ method: String, _ message: [UInt8]) throws -> Reply {
        var open = WireOpen()
        open.method = method
        open.message = .init(message)
        open.requestID = "test"
        let reply = Reply()
        reply.stream = try client.connection().open(open, handler: reply)
        return reply
    }

    private func header(_ name: String, _ value: String) -> WireHeader {
        var header = WireHeader()
        header.name = name
        header.value = value
        return header
    }

    /// Until every server that is switched on was looked at, and what it has is known.
    func knowsAll() async throws {
        try await eventually("every server is known", within: .seconds(60)) {
            let backends = try await self.stats().backends.map(\.backend).filter(\.enabled)
            return backends.allSatisfy { $0.healthy && !$0.version.isEmpty }
        }
    }

    func stats() async throws -> OllamaStats { try await client.call(Methods.stats, OllamaStatsRequest()) }
}

/// What came on a stream.
@ReactorActor
final class Reply: LinkStreamHandler {
    fileprivate(set) var stream: LinkStream?
    private(set) var status: UInt32 = 0
    private(set) var headers: [String: String] = [:]
    private(set) var text = ""
    private(set) var end: WireEnd?
    private(set) var reset: LinkError?
    private(set) var headAt: ContinuousClock.Instant?
    private(set) var overAt: ContinuousClock.Instant?
    var isOver: Bool { overAt != nil }

    func linkHead(_ head: WireHead, on stream: LinkStream) {
        status = head.status
        headAt = .now
        for header in head.headers { headers[header.name.lowercased()] = header.value }
    }

    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        text += String(buffer: bytes)
        stream.consumed(bytes.readableBytes)
    }

    func linkEnd(_ end: WireEnd, on stream: LinkStream) {
        self.end = end
        overAt = .now
    }

    func linkReset(_ error: LinkError, on stream: LinkStream) {
        reset = error
        overAt = .now
    }

    /// Leaves, as a client that closes its connection.
    func leave() {
        stream?.reset(.cancelled, "test")
        overAt = .now
    }

    func ended() async throws -> Reply {
        try await eventually("the end of an exchange", within: .seconds(30)) { self.isOver }
        return self
    }

    var statistics: OllamaStatistics? { end.flatMap { try? OllamaStatistics(serializedBytes: $0.message) } }
    var outcomes: [OllamaFanoutOutcome] {
        end.flatMap { try? OllamaFanoutResult(serializedBytes: $0.message) }?.outcomes ?? []
    }
    var lines: [JSONValue] {
        text.split(separator: "\n").map {
            (try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))) ?? .null
        }
    }
}
