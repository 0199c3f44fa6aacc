import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// Which servers there are, and how one is chosen: saved, and in force at once.
@Suite("Ollama's settings")
struct OllamaSettingsTests {
    @Test("servers are changed at run time; what is set for a server that is gone goes with it")
    func servers() async throws {
        let first = try await OllamaStub.start(script: .init(models: [.init(name: "one:1b")]))
        let second = try await OllamaStub.start(script: .init(models: [.init(name: "two:1b")]))
        let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": first.url])
        let token = try await martlet.signUp("ada")
        #expect(try await martlet.chat(token: token, model: "two:1b").status == 404)
        let update = """
            {"ENABLE_OLLAMA_API":true,"OLLAMA_BASE_URLS":["\(first.url)","\(second.url)/"],
            "OLLAMA_API_CONFIGS":{"0":{"tags":[{"name":"x"}]},"5":{"key":"stray"},"x":{}}}
            """
        let answer = try await martlet.post("/ollama/config/update", token: token, update)
        #expect(answer.status == 200)
        #expect(answer.json["OLLAMA_BASE_URLS"] == .array([.string(first.url), .string(second.url)]))
        let configurations = try #require(answer.json["OLLAMA_API_CONFIGS"])
        #expect(configurations["0"]?["tags"]?.elements?.count == 1)
        #expect(configurations["5"] == nil && configurations["x"] == nil)
        #expect(try await martlet.get("/ollama/config", token: token).json == answer.json)
        #expect(try await martlet.chat(token: token, model: "two:1b").status == 200)
        let urls = try await martlet.post("/ollama/urls/update", token: token, #"{"urls":["\#(second.url)"]}"#)
        #expect(urls.json["OLLAMA_BASE_URLS"] == .array([.string(second.url)]))
        #expect(try await martlet.get("/ollama/url", token: token).json == urls.json)
        #expect(try await martlet.chat(token: token, model: "one:1b").status == 404)
        for body in [
            "{}", #"{"OLLAMA_BASE_URLS":["ftp://x"],"OLLAMA_API_CONFIGS":{}}"#,
            #"{"OLLAMA_BASE_URLS":"x","OLLAMA_API_CONFIGS":{}}"#, #"{"OLLAMA_BASE_URLS":[],"OLLAMA_API_CONFIGS":[]}"#,
        ] {
            #expect(try await martlet.post("/ollama/config/update", token: token, body).status == 422, "\(body)")
        }
        #expect(try await martlet.post("/ollama/urls/update", token: token, #"{"urls":["x"]}"#).status == 422)
        await martlet.stop()
        await first.stop()
        await second.stop()
    }

    @Test("a server is verified before it is saved, with its key; one that does not answer is told")
    func verify() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": ""])
        let token = try await martlet.signUp("ada")
        let found = try await martlet.post(
            "/ollama/verify", token: token, #"{"url":"\#(stub.url)/","key":"k-1"}"#)
        #expect(found.status == 200 && found.json["version"]?.text == "0.12.3", "\(found.body)")
        #expect(stub.figures.lastHeaders["authorization"] == "Bearer k-1")
        let gone = try await martlet.post("/ollama/verify", token: token, #"{"url":"http://127.0.0.1:1"}"#)
        #expect(gone.status == 503 && gone.json["detail"]?.text?.isEmpty == false, "\(gone.body)")
        for body in ["{}", #"{"url":"x"}"#, #"{"url":"file:///etc/passwd"}"#, #"{"url":5}"#] {
            #expect(try await martlet.post("/ollama/verify", token: token, body).status == 422)
        }
        await martlet.stop()
        await stub.stop()
    }

    @Test("no server, or none that answers: lists are empty, a chat says why, and nothing is a 500")
    func none() async throws {
        for urls in ["", "http://127.0.0.1:1"] {
            let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": urls])
            let token = try await martlet.signUp("ada")
            for path in ["/ollama/api/tags", "/ollama/api/ps", "/ollama/api/info"] {
                let answer = try await martlet.get(path, token: token)
                #expect(answer.status == 200 && answer.json == .object(["models": .array([])]), "\(answer.body)")
            }
            #expect(try await martlet.get("/ollama/v1/models", token: token).json["data"] == .array([]))
            let chat = try await martlet.chat(token: token)
            #expect(chat.status == 503 && chat.json["error"]?.text?.isEmpty == false, "\(chat.status)")
            await martlet.stop()
        }
    }

    @Test("the strategy is remembered over a restart, holds at once, and nothing else is taken for one")
    func strategy() async throws {
        let warm = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
        let fleet = [try await OllamaStub.start(script: warm), try await OllamaStub.start(script: warm)]
        let urls = fleet.map(\.url).joined(separator: ";")
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": urls])
        let token = try await martlet.signUp("ada")
        let path = "/api/v1/system/lb-strategy"
        let before = try await martlet.get(path, token: token).json
        #expect(before["strategy"]?.text == "least_connections" && before["source"]?.text == "env")
        #expect(before["available"]?.elements?.compactMap(\.text) == ["fastest", "least_connections", "round_robin"])
        for body in [#"{"strategy":"random"}"#, "{}", #"{"strategy":1}"#] {
            #expect(try await martlet.post(path, token: token, body).status == 422)
        }
        let saved = try await martlet.post(path, token: token, #"{"strategy":"round_robin"}"#)
        #expect(saved.json == .object(["strategy": .string("round_robin"), "saved": .bool(true)]))
        for _ in 0..<10 { #expect(try await martlet.chat(token: token).status == 200) }
        #expect(fleet.map { $0.figures.requestsByPath["/api/chat"] } == [5, 5])
        await martlet.end()
        try await martlet.startAgain(["OLLAMA_BASE_URLS": urls])
        let after = try await martlet.get(path, token: token).json
        #expect(after["strategy"]?.text == "round_robin" && after["source"]?.text == "database")
        await martlet.stop()
        for stub in fleet { await stub.stop() }
    }
}
