import Contracts
import Link
import NIOCore
import OllamaStub
import Reactor
import Testing

/// Local programs on ollama-lb-proxy.sock, and what they or a server could do to everybody else.
@Suite("Exchanges over the socket")
struct SocketTests {
    /// Opens one exchange; how it ended.
    @ReactorActor
    private static func exchange(
        _ client: LinkClient, path: String, headers: [(String, String)] = [],
        listener: ExchangeListener = ExchangeListener()
    ) throws -> ExchangeListener {
        var exchange = OllamaExchange()
        exchange.verb = "POST"
        exchange.path = path
        exchange.model = "stub:1b"
        exchange.body = .init(#"{"model":"stub:1b","messages":[]}"#.utf8)
        exchange.headers = headers.map { name, value in
            var header = WireHeader()
            header.name = name
            header.value = value
            return header
        }
        var open = WireOpen()
        open.method = Methods.exchange.name
        open.message = try exchange.serializedBytes()
        _ = try client.connection().open(open, handler: listener)
        return listener
    }

    @Test("a request that HTTP forbids is the caller's fault, and costs no server its breaker")
    func impossibleRequest() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let client = await LinkClient(
            path: martlet.runtime + "/ollama-lb-proxy.sock", configuration: SessionConfiguration(role: "test"))
        for index in 0..<6 {
            let listener = try await Self.exchange(
                client, path: index % 2 == 0 ? "/api/chat" : "/api/chat x", headers: [("x-bad", "a\u{1}b\r\nc: d")])
            try await eventually("it has ended") { await listener.isOver }
            #expect(await listener.end?.code == .invalidArgument)
        }
        #expect(try await martlet.chat(token: token).status == 200)
        // The supervisor hears of it with the next beat.
        try await martlet.status { $0.backends.first?.healthy == true }
        await client.close()
        await martlet.stop()
        await stub.stop()
    }

    @Test("a server with a monstrous list of models takes nobody down")
    func monstrousModels() async throws {
        let names =
            [String(repeating: "x", count: 1_100_000)]
            + (0..<200).map { "model-\($0)-" + String(repeating: "y", count: 400) }
        let stub = try await OllamaStub.start(
            script: .init(models: [.init(name: "stub:1b")] + names.map { .init(name: $0) }))
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url, "OLLAMA_PROBE_INTERVAL": "500ms"])
        let token = try await martlet.signUp("ada")
        let before = try await martlet.status()["ollama-lb-proxy"]?.pid
        // Longer than the silence after which a daemon counts as hung.
        let deadline = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < deadline { #expect(try await martlet.chat(token: token).status == 200) }
        #expect(try await martlet.status()["ollama-lb-proxy"]?.pid == before)
        #expect(!martlet.log.contains("hangs"))
        await martlet.stop()
        await stub.stop()
    }

    @Test("at the drain limit a stream ends with RESET(UNAVAILABLE), not with a lost connection")
    func drainLimit() async throws {
        var script = StubScript()
        script.tokenCount = 100_000
        script.tokenDelay = .milliseconds(10)
        let stub = try await OllamaStub.start(script: script)
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url, "MARTLET_DRAIN_LIMIT": "500ms"])
        let client = await LinkClient(
            path: martlet.runtime + "/ollama-lb-proxy.sock", configuration: SessionConfiguration(role: "test"))
        let listener = try await Self.exchange(client, path: "/api/chat")
        try await eventually("it streams") { await listener.bytes > 0 }
        #expect(try await martlet.run("restart", "ollama-lb-proxy").code == 0)
        try await eventually("it has ended") { await listener.isOver }
        #expect(await listener.reset?.text == "the daemon stops")
        await client.close()
        await martlet.stop()
        await stub.stop()
    }
}

/// Remembers how one exchange went.
@ReactorActor
final class ExchangeListener: LinkStreamHandler {
    private(set) var bytes = 0
    private(set) var end: WireEnd?
    private(set) var reset: LinkError?
    var isOver: Bool { end != nil || reset != nil }

    nonisolated init() {}

    func linkData(_ data: ByteBuffer, finished: Bool, on stream: LinkStream) {
        bytes += data.readableBytes
        stream.consumed(data.readableBytes)
    }
    func linkEnd(_ end: WireEnd, on stream: LinkStream) { self.end = end }
    func linkReset(_ error: LinkError, on stream: LinkStream) { reset = error }
}
