import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// Exchanges through the whole, and what becomes of them when a server fails.
@Suite("Chats with OpenAI servers")
struct OpenAIChatTests {
    @Test("a stream passes as its server wrote it, and its tokens are counted")
    func stream() async throws {
        let lab = try await OpenAILab.start()
        lab.first.change { $0.alwaysSaysUsage = true }
        let answer = try await lab.chat()
        #expect(answer.status == 200 && answer.headers["content-type"]?.hasPrefix("text/event-stream") == true)
        #expect(answer.said == (0..<8).map { "word\($0) " }.joined())
        #expect(answer.events.last == "[DONE]" && answer.events.count == 11)
        #expect(answer.headers["set-cookie"] == nil && answer.headers["openai-organization"] == nil)
        let whole = try await lab.chat(stream: false)
        #expect(whole.json["choices"]?.elements?.first?["message"]?["content"]?.text == answer.said)
        #expect(whole.headers["set-cookie"] == nil && whole.headers["openai-organization"] == nil)
        try await eventually("both answers' tokens are in the figures") {
            let text = try await lab.martlet.get("/metrics", token: lab.people.admin).body
            return text.contains("martlet_openai_completion_tokens_total 16")
                || text.contains("martlet_openai_completion_tokens 16")
        }
        await lab.stop()
    }

    @Test(
        "what models do beside chats is passed on",
        arguments: [
            ("/openai/embeddings", #"{"model":"shared","input":["a","b"]}"#, "data"),
            ("/openai/completions", #"{"model":"shared","prompt":"x"}"#, "choices"),
            ("/openai/responses", #"{"model":"shared","input":"x"}"#, "output"),
        ])
    func others(_ path: String, _ body: String, _ member: String) async throws {
        let lab = try await OpenAILab.start()
        let answer = try await lab.post(path, body, by: lab.people.user)
        #expect(answer.status == 200 && answer.json[member]?.elements?.isEmpty == false, "\(answer.body)")
        #expect(lab.first.figures.last?.target == "/v1" + path.dropFirst("/openai".count))
        await lab.stop()
    }

    @Test("speech is passed on as the bytes it is, also of a model that no list names")
    func speech() async throws {
        let lab = try await OpenAILab.start()
        let answer = try await lab.post(
            "/openai/audio/speech", #"{"model":"tts-1","input":"hi","voice":"alloy"}"#, by: lab.people.user)
        #expect(answer.status == 200 && answer.headers["content-type"] == "audio/mpeg")
        #expect(answer.body.utf8.count == 11 * 4096)
        await lab.stop()
    }

    @Test(
        "a stream that breaks ends with an error that clients read",
        arguments: [OpenAIFault.cutAfterTokens(3), .endAfterTokens(3), .hangAfterTokens(3)])
    func broken(_ fault: OpenAIFault) async throws {
        let lab = try await OpenAILab.start(["OPENAI_IDLE_TIMEOUT": "300ms"])
        lab.first.change { $0.fault = fault }
        let answer = try await lab.chat()
        #expect(answer.status == 200 && answer.said == "word0 word1 word2 ")
        let last = try #require(answer.events.last.flatMap { try? JSONValue(json: $0.utf8) })
        #expect(last["error"]?["message"]?.text?.isEmpty == false && last["error"]?["code"]?.text == "stream_broken")
        #expect(answer.body.hasSuffix("}\n\n") && !answer.body.contains("[DONE]"))
        try await eventually("nothing is under way") {
            try await lab.martlet.status()["ollama-lb-proxy"]?.in_flight == 0
        }
        await lab.stop()
    }

    @Test("an answer that is no stream and breaks is no whole answer to its client")
    func brokenDocument() async throws {
        let lab = try await OpenAILab.start()
        lab.first.change { $0.fault = .cutAfterTokens(1) }
        await #expect(throws: (any Error).self) { try await lab.chat(stream: false) }
        await lab.stop()
    }

    @Test(
        "a server that fails before it answers is told with its status, in OpenAI's shape",
        arguments: [
            (OpenAIFault.refuse, 502), (.hang, 504), (.empty, 502), (.redirect(to: "http://127.0.0.1:1/"), 502),
            (.status(500, body: "oops"), 500), (.status(429, body: #"{"error":{"message":"slow down"}}"#), 429),
            (.status(400, body: #"{"detail":"bad"}"#), 400),
        ])
    func failures(_ fault: OpenAIFault, _ status: Int) async throws {
        let lab = try await OpenAILab.start(["OPENAI_FIRST_BYTE_TIMEOUT": "400ms"])
        lab.first.change { $0.fault = fault }
        for isStreamed in [true, false] {
            let answer = try await lab.chat(stream: isStreamed)
            #expect(answer.status == status, "\(answer.body)")
            #expect(answer.json["error"]?["message"]?.text?.isEmpty == false, "\(answer.body)")
            #expect(answer.headers["content-type"] == "application/json")
        }
        // A chat is not made twice when the first one may have begun; but libcurl takes a kept connection that is closed
        // without an answer for one that had been closed before.
        #expect((fault == .refuse ? 2...4 : 2...2).contains(lab.first.figures.count("/v1/chat/completions")))
        await lab.stop()
    }

    @Test("a key that is wrong is told, but not shown")
    func wrongKey() async throws {
        let lab = try await OpenAILab.start()
        _ = try await lab.ids()
        lab.first.change { $0.key = "another-key" }
        let answer = try await lab.chat(by: lab.people.user)
        #expect(answer.status == 401 && answer.json["error"]?["message"]?.text?.contains("Incorrect API key") == true)
        #expect(!answer.body.contains(OpenAILab.key))
        #expect(!lab.martlet.log.contains(OpenAILab.key))
        await lab.stop()
    }

    @Test("a server that cannot be reached costs nobody a failure while another one has the model")
    func failover() async throws {
        let lab = try await OpenAILab.start(second: ["shared", "lone"])
        _ = try await lab.ids()
        await lab.first.stop()
        for _ in 0..<5 { #expect(try await lab.chat(by: lab.people.user).said.hasPrefix("word0")) }
        #expect(lab.second.figures.count("/v1/chat/completions") == 5)
        await lab.stop()
    }

    @Test("a server that is overloaded passes its turn on; one that failed does not")
    func overload() async throws {
        let lab = try await OpenAILab.start(second: ["shared"])
        lab.first.change { $0.fault = .status(503, body: #"{"error":{"message":"busy"}}"#) }
        #expect(try await lab.chat().said.hasPrefix("word0"))
        lab.first.change { $0.fault = .status(500, body: #"{"error":{"message":"broken"}}"#) }
        #expect(try await lab.chat().status == 500)
        #expect(lab.second.figures.count("/v1/chat/completions") == 1)
        await lab.stop()
    }

    @Test("a client that leaves ends the stream at the server, and no count leaks")
    func clientLeaves() async throws {
        let lab = try await OpenAILab.start()
        lab.first.change {
            $0.tokenCount = 100_000
            $0.tokenDelay = .milliseconds(5)
        }
        for _ in 0..<5 {
            let reader = PartialReader()
            let exchange = await HTTP.open(
                lab.martlet.base + "/openai/chat/completions", token: lab.people.user,
                body: #"{"model":"shared","messages":[],"stream":true}"#, reader)
            try await eventually("bytes have come") { await !reader.text.isEmpty }
            await exchange.cancel()
        }
        try await eventually("the server sees its clients leave") { lab.first.figures.cancelledStreams == 5 }
        try await eventually("no count leaks") {
            try await lab.martlet.status()["ollama-lb-proxy"]?.in_flight == 0
        }
        #expect(lab.first.figures.activeStreams == 0)
        await lab.stop()
    }

    @Test("streams go on while ollama-lb-proxy is replaced, and later ones go to the new process")
    func handOver() async throws {
        let lab = try await OpenAILab.start()
        lab.first.change {
            $0.tokenCount = 100
            $0.tokenDelay = .milliseconds(10)
        }
        async let slow = lab.chat()
        try await eventually("the stream is under way") { lab.first.figures.activeStreams == 1 }
        let restarted = try await lab.martlet.run("restart", "ollama-lb-proxy")
        #expect(restarted.code == 0, "\(restarted.output)")
        let next = try await lab.chat()
        #expect(next.events.last == "[DONE]")
        let answer = try await slow
        #expect(answer.events.last == "[DONE]" && answer.said.hasSuffix("word99 "))
        await lab.stop()
    }

    @Test("Azure is asked in its own way")
    func azure() async throws {
        let stub = try await OpenAIStub.start(.init(models: []))
        let configs = #"{"0":{"azure":true,"api_version":"2024-10-21","model_ids":["my-gpt"]}}"#
        let martlet = try await Martlet.start(file: [
            "OLLAMA_BASE_URLS": "", "OPENAI_API_BASE_URLS": stub.origin, "OPENAI_API_KEYS": "azure-key",
            "OPENAI_API_CONFIGS": configs,
        ])
        let token = try await martlet.signUp("ada")
        let answer = try await martlet.post(
            "/openai/chat/completions", token: token, #"{"model":"my-gpt","messages":[],"stream":true,"odd":1}"#)
        #expect(answer.events.last == "[DONE]", "\(answer.body)")
        let seen = try #require(stub.figures.last)
        #expect(seen.target == "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21")
        #expect(seen.headers["api-key"] == "azure-key" && seen.headers["authorization"] == nil)
        #expect(seen.body == #"{"messages":[],"stream":true}"#)
        await martlet.stop()
        await stub.stop()
    }

    @Test("who asks is told in the configured headers; the client's own credentials never are")
    func headers() async throws {
        let configs = #"{"1":{"auth_type":"none","headers":{"X-Who":"{{USER_EMAIL}} {{USER_ROLE}}"}}}"#
        let lab = try await OpenAILab.start(configs: configs, ["ENABLE_FORWARD_USER_INFO_HEADERS": "true"])
        try await lab.row("lone", grants: ["*"])
        _ = try await lab.post(
            "/openai/chat/completions", #"{"model":"lone","messages":[]}"#, by: lab.people.user,
            headers: [("cookie", "token=\(lab.people.user)"), ("x-other", "1"), ("openai-beta", "assistants=v2")])
        let seen = try #require(lab.second.figures.last?.headers)
        #expect(seen["x-who"] == "una@test.example user")
        #expect(seen["x-openwebui-user-id"] == lab.people.id("una") && seen["x-openwebui-user-name"] == "una")
        #expect(seen["authorization"] == nil && seen["cookie"] == nil && seen["x-other"] == nil)
        #expect(seen["openai-beta"] == "assistants=v2")
        await lab.stop()
    }

    @Test("a connection that asks for the caller's session gets it, and no other one does")
    func session() async throws {
        let lab = try await OpenAILab.start(configs: #"{"1":{"auth_type":"session"}}"#)
        try await lab.row("lone", grants: ["*"])
        #expect(try await lab.chat("lone", by: lab.people.user).said.hasPrefix("word0"))
        #expect(lab.second.figures.last?.headers["authorization"] == "Bearer \(lab.people.user)")
        #expect(try await lab.chat("shared", by: lab.people.user).said.hasPrefix("word0"))
        #expect(lab.first.figures.last?.headers["authorization"] == "Bearer \(OpenAILab.key)")
        await lab.stop()
    }

    @Test("a custom model is asked as its base model, with its parameters and system prompt")
    func customModel() async throws {
        let lab = try await OpenAILab.start()
        try await lab.row(
            "helper", base: "shared", params: #"{"system":"You help {{USER_NAME}}.","temperature":0.1}"#, grants: ["*"])
        #expect(try await lab.chat("helper", by: lab.people.user).said.hasPrefix("word0"))
        let seen = try JSONValue(json: try #require(lab.first.figures.last?.body).utf8)
        #expect(seen["model"]?.text == "shared" && seen["temperature"]?.double == 0.1)
        #expect(seen["messages"]?.elements?.first?["content"]?.text == "You help una.")
        await lab.stop()
    }

    @Test("a connection that is asked through /responses serves chat completions, streamed and whole")
    func responsesConnection() async throws {
        let lab = try await OpenAILab.start(configs: #"{"1":{"api_type":"responses"}}"#)
        let whole = try await lab.chat("lone", stream: false)
        let text = whole.json["choices"]?.elements?.first?["message"]?["content"]?.text
        #expect(text == (0..<8).map { "word\($0) " }.joined(), "\(whole.body)")
        #expect(whole.json["usage"]?["completion_tokens"] == .integer(8))
        let stream = try await lab.chat("lone")
        #expect(stream.said == text && stream.events.last == "[DONE]", "\(stream.body)")
        #expect(lab.second.figures.count("/v1/responses") == 2)
        lab.second.change { $0.fault = .cutAfterTokens(2) }
        let broken = try await lab.chat("lone")
        #expect(broken.said == "word0 word1 " && broken.events.last?.contains("stream_broken") == true)
        await lab.stop()
    }

    @Test("a server of pipelines is told who asks, in the body; others are not")
    func pipeline() async throws {
        let lab = try await OpenAILab.start(second: ["lone", "plain"])
        lab.second.change { $0.list = #"{"data":[{"id":"lone","pipeline":{"type":"pipe"}},{"id":"plain"}]}"# }
        try await eventually("the new list holds") {
            try await lab.martlet.get("/openai/models/lone", token: lab.people.admin).json["pipeline"] != nil
        }
        _ = try await lab.chat("lone")
        #expect(
            lab.second.figures.last?.body.contains(#""user":{"name":"ada","id":"\#(lab.people.id("ada"))""#) == true)
        _ = try await lab.chat("plain")
        #expect(lab.second.figures.last?.body.contains("user\":{") == false)
        await lab.stop()
    }
}
