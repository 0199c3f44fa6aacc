import Contracts
import Link
import OllamaStub
import Reactor
import Testing

/// One request to all servers that are concerned.
@Suite("Pull, delete and copy over the whole fleet", .serialized)
@ReactorActor
struct FanoutTests {
    private func with(
        _ count: Int = 3, _ body: ([OllamaStub], Martlet, ProxyClient) async throws -> Void
    ) async throws {
        var stubs: [OllamaStub] = []
        for _ in 0..<count { stubs.append(try await OllamaStub.start()) }
        let martlet = try await Martlet.start([
            "OLLAMA_BASE_URLS": stubs.map(\.url).joined(separator: ";"), "OLLAMA_PROBE_INTERVAL": "200ms",
        ])
        let client = ProxyClient(martlet)
        try await client.knowsAll()
        try await body(stubs, martlet, client)
        client.close()
        await martlet.stop()
        for stub in stubs { await stub.stop() }
    }

    @Test("a pull reaches every server; one stream tells of all, and its last line is the only success")
    func pull() async throws {
        try await with { stubs, _, client in
            let reply = try await client.fanout(
                "POST", "/api/pull", model: "new:1b", scope: .all, body: #"{"model":"new:1b"}"#
            ).ended()
            #expect(reply.status == 200 && reply.headers["content-type"] == "application/x-ndjson")
            let lines = reply.lines
            #expect(lines.count == 3 * 8 + 1)
            #expect(lines.dropLast().allSatisfy { $0["status"] != .string("success") && $0["error"] == nil })
            for (index, stub) in stubs.enumerated() {
                let own = lines.filter { $0["backend"]?.double == Double(index) }
                #expect(own.count == 8 && own.allSatisfy { $0["url"] == .string(stub.url) })
                #expect(own.first?["status"] == .string("pulling manifest"))
                #expect(own.last?["status"] == .string("finished"))
                #expect(own.compactMap { $0["completed"]?.double } == [2e6, 4e6, 6e6, 8e6, 10e6])
                #expect(stub.figures.requestsByPath["/api/pull"] == 1)
            }
            #expect(lines.last?["status"] == .string("success") && lines.last?["backends"]?.elements?.count == 3)
            #expect(reply.outcomes.count == 3 && reply.outcomes.allSatisfy(\.ok))
            try await eventually("the new model is known everywhere") {
                try await client.stats().backends.allSatisfy { $0.models.contains { $0.name == "new:1b" } }
            }
        }
    }

    @Test("servers that fail, or are down, are told of at the end, which is an error; the others have the model")
    func partial() async throws {
        try await with { stubs, martlet, client in
            stubs[1].change { $0.pullError = "no space left on device" }
            await stubs[2].stop()
            try await martlet.status { $0.backends.last?.healthy == false }
            let reply = try await client.fanout(
                "POST", "/api/pull", model: "new:1b", scope: .all, body: #"{"model":"new:1b"}"#
            ).ended()
            let last = reply.lines.last
            #expect(last?["error"]?.text?.hasPrefix("2 of 3 Ollama servers failed") == true)
            #expect(last?["error"]?.text?.contains("no space left on device") == true)
            #expect(reply.lines.dropLast().allSatisfy { $0["error"] == nil })
            #expect(reply.outcomes.map(\.ok) == [true, false, false])
            #expect(stubs[0].figures.requestsByPath["/api/pull"] == 1)
        }
    }

    @Test("delete and copy go to those that have the model; nobody has it: 404")
    func having() async throws {
        try await with { stubs, martlet, client in
            stubs[2].change { $0.models = [.init(name: "rare:1b")] }
            try await eventually("it is known") {
                try await client.stats().backends.last?.models.contains { $0.name == "rare:1b" } == true
            }
            let copy = try await client.fanout(
                "POST", "/api/copy", model: "stub:1b", scope: .having,
                body: #"{"source":"stub:1b","destination":"copy:1b"}"#, streamed: false
            ).ended()
            #expect(copy.status == 200 && copy.outcomes.map(\.index) == [0, 1] && copy.outcomes.allSatisfy(\.ok))
            #expect(copy.lines.first?["status"] == .string("success"))
            let delete = try await client.fanout(
                "DELETE", "/api/delete", model: "copy:1b", scope: .having, body: #"{"model":"copy:1b"}"#,
                streamed: false
            ).ended()
            #expect(delete.status == 200 && delete.outcomes.count == 2)
            #expect(stubs[2].figures.requestsByPath["/api/delete"] == nil)
            let none = try await client.fanout(
                "DELETE", "/api/delete", model: "nobody:1b", scope: .having, body: "{}", streamed: false
            ).ended()
            #expect(none.status == 404 && none.outcomes.isEmpty)
            #expect(none.lines.first?["error"]?.text == "model 'nobody:1b' not found")
            _ = martlet
        }
    }

    @Test("a client that leaves a pull ends it on every server")
    func leaves() async throws {
        try await with { stubs, _, client in
            for stub in stubs { stub.change { $0.documentDelay = .seconds(4) } }
            let reply = try client.fanout(
                "POST", "/api/pull", model: "new:1b", scope: .all, body: #"{"model":"new:1b"}"#)
            try await eventually("all have begun") {
                try await client.stats().backends.allSatisfy { $0.backend.active == 1 }
            }
            reply.leave()
            try await eventually("nothing is under way") {
                try await client.stats().backends.allSatisfy { $0.backend.active == 0 }
            }
        }
    }

    @Test("the strategy can be set, what does not exist cannot, and a server can be asked for its version")
    func strategy() async throws {
        try await with(1) { stubs, _, proxy in
            let client = proxy.client
            var request = OllamaStrategyRequest()
            #expect(try await client.call(Methods.strategy, request).strategy == "least_connections")
            request.strategy = "fastest"
            let reply = try await client.call(Methods.strategy, request)
            #expect(reply.strategy == "fastest" && reply.configured == "least_connections")
            #expect(reply.available == ["fastest", "least_connections", "round_robin"])
            request.strategy = "none"
            await #expect(throws: LinkError.self) { try await client.call(Methods.strategy, request) }
            var verify = OllamaVerifyRequest()
            verify.url = stubs[0].url + "/"
            #expect(try await client.call(Methods.verify, verify).json.isEmpty == false)
            verify.url = "http://127.0.0.1:1"
            await #expect(throws: LinkError.self) { try await client.call(Methods.verify, verify) }
        }
    }

    @Test("a list of models of some megabytes comes whole")
    func longLists() async throws {
        try await with(2) { stubs, _, proxy in
            for (index, stub) in stubs.enumerated() {
                stub.change { script in
                    script.models = (0..<3000).map { .init(name: "model-\(index)-\($0):1b", digest: "d\($0)") }
                }
            }
            let reply = try await proxy.client.call(Methods.tags, OllamaListRequest())
            #expect(reply.json.count > 1 << 20)
            let models = try JSONValue(json: reply.json)["models"]?.elements
            #expect(models?.count == 6000)
        }
    }
}
