import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// `POST /api/chat/completions` and `/api/embeddings`, through the real server.
@Suite("Completions")
struct CompletionTests {
    private static func body(_ model: String, _ more: String = "") -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"hi"}]\#(more)}"#
    }

    /// The events of an answer, decoded; `[DONE]` is null.
    private static func events(_ answer: HTTP.Answer) -> [JSONValue] {
        answer.body.split(separator: "\n\n").map { event in
            event == "data: [DONE]" ? .null : (try? JSONValue(json: event.dropFirst(6).utf8)) ?? .string("broken")
        }
    }

    private static func text(_ events: [JSONValue]) -> String {
        events.compactMap { $0["choices"]?.elements?.first?["delta"]?["content"]?.text }.joined()
    }

    @Test("models answer whom they should; others learn not even that they are there")
    func roles() async throws {
        let registry = try await Registry.start()
        let table: [(String, [Int])] = [
            ("shared:1b", [401, 403, 200, 200, 200, 200, 200]), ("una:1b", [401, 403, 200, 404, 404, 404, 200]),
            ("secret:1b", [401, 403, 404, 404, 404, 404, 200]), ("helper", [401, 403, 404, 404, 200, 200, 200]),
            ("mine", [401, 403, 200, 404, 404, 404, 200]), ("nobody:1b", [401, 403, 404, 404, 404, 404, 404]),
        ]
        for (model, expected) in table {
            for path in ["/api/chat/completions", "/api/v1/chat/completions"] {
                let outcome = try await registry.ask("POST", path, Self.body(model))
                #expect(outcome.statuses == expected && outcome.leaks == [], "\(model)")
            }
            let form = #"{"model":"\#(model)","input":"x"}"#
            #expect(try await registry.ask("POST", "/api/embeddings", form).statuses == expected, "\(model)")
        }
        let refused = try await registry.martlet.post(
            "/api/chat/completions", token: registry.fleet.other, Self.body("secret:1b"))
        let absent = try await registry.martlet.post(
            "/api/chat/completions", token: registry.fleet.other, Self.body("nobody:1b"))
        #expect(refused.body == absent.body && refused.json["detail"] == .string("Model not found"))
        #expect(refused.json["error"]?["code"] == .string("model_not_found"))
        // Revoked: at the next request.
        _ = try await registry.martlet.post(
            "/api/v1/models/id/helper/access/update", token: registry.admin, #"{"access_grants":[]}"#)
        #expect(
            try await registry.martlet.post("/api/chat/completions", token: registry.reader, Self.body("helper")).status
                == 404)
        await registry.stop()
    }

    @Test("a custom model asks its base model with its parameters and its prompt, the variables filled in")
    func custom() async throws {
        let registry = try await Registry.start()
        // One backend alone, so that it is known who was asked.
        await registry.fleet.second.stop()
        let more = #","temperature":1,"seed":4,"chat_id":"c","variables":{"{{X}}":"y"},"params":{"top_k":3}"#
        let answer = try await registry.martlet.post(
            "/api/chat/completions", token: registry.reader, Self.body("helper", more))
        #expect(answer.status == 200 && answer.json["model"] == .string("helper"))
        let sent = try JSONValue(json: Self.sent(registry).utf8)
        #expect(sent["model"] == .string("shared:1b") && sent["stream"] == .bool(false))
        #expect(
            sent["messages"]?.elements?.first
                == .object(["role": .string("system"), "content": .string("\(Registry.secret) of rea")]))
        #expect(try sent["options"] == JSONValue(json: #"{"temperature":0.5,"seed":4,"top_k":3}"#.utf8))
        guard case .object(let members) = sent else { return }
        #expect(Set(members.keys) == ["model", "messages", "stream", "options"])
        // The same on Ollama's own route.
        _ = try await registry.martlet.chat(token: registry.reader, model: "helper")
        let native = try JSONValue(json: Self.sent(registry).utf8)
        #expect(native["model"] == .string("shared:1b") && native["options"]?["temperature"] == .number(0.5))
        #expect(native["messages"]?.elements?.count == 2)
        await registry.stop()
    }

    /// The last chat that reached a backend: the second one is out of the way then.
    private static func sent(_ registry: Registry) -> String {
        registry.fleet.first.figures.bodies["/api/chat"] ?? "{}"
    }

    @Test("streams and whole answers say the same, and end as they should", arguments: [1, 7, 300])
    func streams(_ tokens: Int) async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let expected = (0..<tokens).map { "word\($0) " }.joined()
        for framing in [StubFraming.lineAWrite, .linesAWrite(3), .splitLines(pieces: 5)] {
            stub.change { $0.framing = framing }
            let streamed = try await HTTP.call(
                "POST", martlet.base + "/api/chat/completions", token: token,
                body: Self.body("stub:1b", #","stream":true"#), headers: [("x-chunks", "\(tokens)")])
            #expect(streamed.headers["content-type"] == "text/event-stream")
            let events = Self.events(streamed)
            #expect(Self.text(events) == expected && events.last == .null && events.count == tokens + 2)
            let last = events[events.count - 2]
            #expect(last["choices"]?.elements?.first?["finish_reason"] == .string("stop"))
            #expect(last["usage"]?["completion_tokens"] == .integer(Int64(tokens)))
        }
        let whole = try await HTTP.call(
            "POST", martlet.base + "/api/chat/completions", token: token, body: Self.body("stub:1b"),
            headers: [("x-chunks", "\(tokens)")])
        let choice = whole.json["choices"]?.elements?.first
        #expect(choice?["message"]?["content"] == .string(expected) && choice?["finish_reason"] == .string("stop"))
        await martlet.stop()
        await stub.stop()
    }

    @Test(
        "a broken stream ends with an error event, never in silence",
        arguments: [StubFault.cutAfterTokens(3), .endAfterTokens(3), .malformedAfterTokens(3)])
    func broken(_ fault: StubFault) async throws {
        let stub = try await OllamaStub.start()
        stub.change { $0.fault = fault }
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let answer = try await martlet.post(
            "/api/chat/completions", token: token, Self.body("stub:1b", #","stream":true"#))
        let events = Self.events(answer)
        #expect(answer.status == 200 && Self.text(events) == "word0 word1 word2 ", "\(answer.body)")
        #expect(events.last?["error"]?["message"]?.text?.isEmpty == false, "\(answer.body)")
        #expect(!events.contains(.null) && !events.contains(.string("broken")))
        try await eventually("the upstream is free again") { stub.figures.activeStreams == 0 }
        await martlet.stop()
        await stub.stop()
    }

    @Test("errors of the upstream keep their status in OpenAI's shape; bad requests are 4xx", arguments: [false, true])
    func errors(_ isStreamed: Bool) async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        stub.change { $0.fault = .status(400, body: #"{"error":"stub:1b does not support tools"}"#) }
        let refused = try await martlet.post(
            "/api/chat/completions", token: token, Self.body("stub:1b", ",\"stream\":\(isStreamed)"))
        #expect(refused.status == 400)
        #expect(refused.json["error"]?["message"] == .string("stub:1b does not support tools"))
        #expect(refused.json["error"]?["type"] == .string("invalid_request_error"))
        stub.change { $0.fault = nil }
        for body in [
            "", "{}", "[]", "x", #"{"model":1}"#, #"{"model":"stub:1b"}"#, #"{"model":"stub:1b","messages":1}"#,
            #"{"model":"a\u0000","messages":[{"role":"user","content":"x"}]}"#,
        ] {
            for path in ["/api/chat/completions", "/api/embeddings"] {
                let answer = try await martlet.post(path, token: token, body)
                #expect((400..<500).contains(answer.status), "\(path) \(body): \(answer.status)")
            }
        }
        await martlet.stop()
        await stub.stop()
    }

    @Test("models of a server with OpenAI's API answer through the same route, as they are")
    func openAI() async throws {
        let stub = try await OpenAIStub.start()
        let registry = try await Registry.start([
            "OPENAI_API_BASE_URLS": stub.url, "OPENAI_API_KEYS": "k", "ENABLE_OPENAI_API": "true",
        ])
        let (martlet, admin) = (registry.martlet, registry.admin)
        try await registry.create(
            "gpt-helper", by: admin, base: "stub-gpt", params: #"{"system":"S","max_tokens":5}"#, grants: [])
        try await eventually("the server's models are known") {
            let models = try await martlet.get("/api/models?refresh=true", token: admin).json["data"]?.elements ?? []
            return models.first { $0["id"] == .string("gpt-helper") }?["owned_by"] == .string("openai")
        }
        for more in ["", #","stream":true"#] {
            let answer = try await martlet.post(
                "/api/chat/completions", token: admin, Self.body("gpt-helper", more + #","chat_id":"c","features":{}"#))
            #expect(answer.status == 200, "\(answer.body)")
            if !more.isEmpty { #expect(answer.body.hasSuffix("data: [DONE]\n\n")) }
            let sent = try JSONValue(json: #require(stub.figures.last).body.utf8)
            #expect(sent["model"] == .string("stub-gpt") && sent["max_tokens"] == .integer(5))
            #expect(sent["messages"]?.elements?.first?["content"] == .string("S"))
            #expect(sent["chat_id"] == nil && sent["features"] == nil)
        }
        #expect(
            try await martlet.post("/api/chat/completions", token: registry.fleet.other, Self.body("stub-gpt")).status
                == 404)
        let embedded = try await martlet.post("/api/embeddings", token: admin, #"{"model":"stub-gpt","input":["x"]}"#)
        #expect(embedded.status == 200 && embedded.json["object"] == .string("list"))
        await registry.stop()
        await stub.stop()
    }

    @Test("a client that leaves ends the generation")
    func clients() async throws {
        let stub = try await OllamaStub.start()
        stub.change { script in (script.tokenCount, script.tokenDelay) = (100_000, .milliseconds(1)) }
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let task = Task {
            try await martlet.post("/api/chat/completions", token: token, Self.body("stub:1b", #","stream":true"#))
        }
        try await eventually("the stream runs") { stub.figures.activeStreams == 1 }
        task.cancel()
        try await eventually("the upstream is cancelled") { stub.figures.cancelledStreams == 1 }
        await martlet.stop()
        await stub.stop()
    }
}
