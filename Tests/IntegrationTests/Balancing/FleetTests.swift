import Contracts
import OllamaStub
import Reactor
import Testing

/// Who gets which request, with real servers.
@Suite("Choice among servers", .serialized)
@ReactorActor
struct FleetTests {
    private func with(
        _ scripts: [StubScript], _ settings: [String: String] = [:],
        _ body: ([OllamaStub], Martlet, ProxyClient) async throws -> Void
    ) async throws {
        var stubs: [OllamaStub] = []
        for script in scripts { stubs.append(try await OllamaStub.start(script: script)) }
        let all = ["OLLAMA_BASE_URLS": stubs.map(\.url).joined(separator: ";"), "OLLAMA_FIRST_BYTE_TIMEOUT": "4s"]
        let martlet = try await Martlet.start(all.merging(settings) { $1 })
        let client = ProxyClient(martlet)
        try await client.knowsAll()
        try await body(stubs, martlet, client)
        client.close()
        await martlet.stop()
        for stub in stubs { await stub.stop() }
    }

    private static func counts(_ stubs: [OllamaStub]) -> [Int] {
        stubs.map { $0.figures.requestsByPath["/api/chat"] ?? 0 }
    }

    @Test("round_robin over three equal cold servers differs by one at most, one after the other and all at once")
    func roundRobin() async throws {
        var script = StubScript()
        script.tokenDelay = .milliseconds(1)
        try await with([script, script, script], ["OLLAMA_LB_STRATEGY": "round_robin"]) { stubs, _, client in
            for _ in 0..<20 {
                #expect(try await client.start(tokens: 1).ended().status == 200)
                let counts = Self.counts(stubs)
                #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(counts)")
            }
            let replies = try (1...70).map { try client.start(tokens: $0 % 9 + 1) }
            for reply in replies { #expect(try await reply.ended().status == 200) }
            let counts = Self.counts(stubs)
            #expect(counts.reduce(0, +) == 90 && (counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(counts)")
        }
    }

    @Test("fastest shifts to the server whose answers begin sooner")
    func fastest() async throws {
        let warm = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
        var slow = warm
        slow.firstTokenDelay = .milliseconds(300)
        try await with([slow, warm, slow], ["OLLAMA_LB_STRATEGY": "fastest"]) { stubs, _, client in
            for _ in 0..<20 {
                let reply = try await client.start(tokens: 2).ended()
                #expect(reply.status == 200)
            }
            let counts = Self.counts(stubs)
            #expect(counts[1] >= 14 && counts[0] >= 1 && counts[2] >= 1, "\(counts)")
        }
    }

    @Test(
        "one bad server among three costs at most one more try before it is left out, and nothing after",
        arguments: [StubFault.refuse, .busy, .status(500, body: "{}"), .hang])
    func bad(_ fault: StubFault) async throws {
        let warm = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
        var broken = warm
        broken.fault = fault
        try await with([warm, broken, warm], ["OLLAMA_PROBE_INTERVAL": "1h"]) { stubs, _, client in
            let replies = try (0..<12).map { _ in try client.start(tokens: 2) }
            for reply in replies {
                #expect(try await reply.ended().status == 200)
                #expect((reply.statistics?.attempts ?? 9) <= 2)
            }
            for _ in 0..<6 {
                let reply = try await client.start(tokens: 2).ended()
                #expect(reply.status == 200)
            }
            let before = Self.counts(stubs)[1]
            for _ in 0..<6 {
                let reply = try await client.start(tokens: 2).ended()
                #expect(reply.status == 200)
            }
            #expect(Self.counts(stubs)[1] <= before + 1, "left out, but for the one trial after five seconds")
            let stats = try await client.stats()
            #expect(stats.backends[1].backend.breaker != "closed" || !stats.backends[1].backend.healthy)
        }
    }

    @Test("a server that lost the model costs one more try, once")
    func modelless() async throws {
        let warm = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
        try await with([warm, warm], ["OLLAMA_PROBE_INTERVAL": "1h"]) { stubs, _, client in
            stubs[0].change { $0.models = [] }
            var attempts: [UInt32] = []
            for _ in 0..<6 {
                let reply = try await client.start(tokens: 1).ended()
                #expect(reply.status == 200)
                attempts.append(reply.statistics?.attempts ?? 0)
            }
            #expect(attempts.filter { $0 == 2 }.count == 1 && attempts.allSatisfy { $0 <= 2 }, "\(attempts)")
        }
    }

    @Test("a server far slower than the others at a model is left out of it, and tried again later")
    func ejection() async throws {
        let warm = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
        var slow = warm
        slow.countedTokenTime = .milliseconds(200)
        try await with([warm, slow, warm], ["OLLAMA_LB_STRATEGY": "round_robin"]) { stubs, martlet, client in
            for _ in 0..<18 { _ = try await client.start(tokens: 2).ended() }
            let before = Self.counts(stubs)[1]
            #expect(before >= 5)
            for _ in 0..<10 { _ = try await client.start(tokens: 2).ended() }
            #expect(Self.counts(stubs)[1] == before)
            #expect(try await client.stats().backends.map(\.backend.ejected) == [false, true, false])
            #expect(martlet.log.contains("far slower than the others"))
            // What only it can do it still does.
            let pinned = try await client.start(tokens: 2, backend: 1).ended()
            #expect(pinned.status == 200 && Self.counts(stubs)[1] == before + 1)
        }
    }

    @Test("options of a server: switched off, key, prefix, allowed models, limit; a wrong digest is told of")
    func options() async throws {
        let script = StubScript(models: [.init(name: "a:1b", isLoaded: true), .init(name: "b:1b")])
        let other = StubScript(models: [.init(name: "b:1b", digest: "other")])
        let configs =
            #"{"0":{"enable":false},"1":{"key":"secret","prefix_id":"p","model_ids":["a:1b"],"max_in_flight":7}}"#
        try await with([script, script, other, script], ["OLLAMA_API_CONFIGS": configs]) { stubs, martlet, proxy in
            let tags = try JSONValue(json: try await proxy.client.call(Methods.tags, OllamaListRequest()).json)
            let models = tags["models"]?.elements ?? []
            #expect(models.compactMap { $0["model"]?.text } == ["p.a:1b", "b:1b", "a:1b"])
            #expect(models.map { $0["urls"]?.elements?.compactMap(\.double) } == [[1], [2, 3], [3]])
            let reply = try await proxy.start(
                tokens: 1, model: "p.a:1b", body: #"{"model":"p.a:1b","messages":[],"x":1e2}"#
            ).ended()
            #expect(reply.status == 200 && reply.statistics?.backendURL == stubs[1].url)
            #expect(stubs[1].figures.lastHeaders["authorization"] == "Bearer secret")
            #expect(stubs[1].figures.lastBody == #"{"model":"a:1b","messages":[],"x":1e2}"#)
            #expect(try await proxy.start(tokens: 1, backend: 0).ended().status == 404)
            #expect(stubs[0].figures.requestsByPath.isEmpty)
            let stats = try await proxy.stats()
            #expect(stats.backends.map(\.backend.limit) == [0, 7, 0, 0])
            #expect(stats.digestMismatches.map(\.model) == ["b:1b"])
            #expect(martlet.log.contains("stands for different models"))
            #expect(!martlet.log.contains("secret"))
        }
    }

    @Test("an answer in one document is whole or not there: one that is cut is asked for elsewhere")
    func documents() async throws {
        let warm = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
        var empty = warm
        empty.fault = .status(200, body: "")
        try await with([empty, warm]) { _, _, client in
            for _ in 0..<4 {
                let reply = try await client.start(
                    tokens: 3, body: #"{"model":"stub:1b","messages":[],"stream":false}"#
                ).ended()
                #expect(reply.status == 200 && reply.lines.last?["done"] == .bool(true))
                #expect(reply.statistics?.completionTokens == 3)
            }
        }
    }

    @Test("an event stream that breaks ends with an error event; its usage is counted when it does not")
    func events() async throws {
        var warm = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
        warm.tokenDelay = .milliseconds(1)
        try await with([warm]) { stubs, _, client in
            let body = #"{"model":"stub:1b","messages":[],"stream":true}"#
            let whole = try await client.start("/v1/chat/completions", tokens: 9, body: body).ended()
            #expect(whole.text.hasSuffix("data: [DONE]\n\n") && whole.statistics?.completionTokens == 9)
            for fault in [StubFault.cutAfterTokens(3), .endAfterTokens(3)] {
                stubs[0].change { $0.fault = fault }
                let broken = try await client.start("/v1/chat/completions", tokens: 9, body: body).ended()
                #expect(broken.status == 200 && broken.end?.code == .unavailable)
                let last = broken.text.split(separator: "\n").last ?? ""
                #expect(last.hasPrefix("data: {\"error\":{\"message\":"))
                #expect(broken.text.split(separator: "\n").filter { $0.contains("word") }.count == 3)
            }
        }
    }
}
