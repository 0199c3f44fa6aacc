import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// Lists of models through the whole: api, ollama-lb-proxy, servers that behave and servers that do not.
@Suite("Models of OpenAI servers")
struct OpenAIModelsTests {
    @Test("models of all servers are listed with their connection's prefix, tags and kind")
    func merged() async throws {
        let configs = #"{"1":{"prefix_id":"lab","tags":[{"name":"fast"}],"connection_type":"local"}}"#
        let lab = try await OpenAILab.start(configs: configs)
        let answer = try await lab.martlet.get("/openai/models", token: lab.people.admin)
        let models = answer.json["data"]?.elements ?? []
        #expect(models.compactMap { $0["id"]?.text } == ["shared", "unas", "secret", "lab.lone"])
        #expect(models.first?["urlIdx"] == .integer(0) && models.first?["connection_type"]?.text == "external")
        #expect(models.last?["urlIdx"] == .integer(1) && models.last?["connection_type"]?.text == "local")
        #expect(models.last?["tags"]?.elements?.first?["name"]?.text == "fast")
        #expect(models.last?["openai"]?["owned_by"]?.text == "stub" && models.last?["owned_by"]?.text == "openai")
        #expect(try await lab.ids("/openai/models/1") == ["lone"])
        #expect(try await lab.ids("/openai/models?url_idx=0") == ["shared", "unas", "secret"])
        let one = try await lab.martlet.get("/openai/models/lab.lone", token: lab.people.admin)
        #expect(one.status == 200 && one.json["id"]?.text == "lab.lone")
        let reply = try await lab.chat("lab.lone")
        #expect(reply.said.hasPrefix("word0 word1 "))
        #expect(lab.second.figures.last?.body.contains(#""model":"lone""#) == true)
        await lab.stop()
    }

    @Test(
        "what is not there is 404, not a fault of the server", arguments: ["/openai/models/7", "/openai/models/nobody"])
    func absent(_ path: String) async throws {
        let lab = try await OpenAILab.start()
        let answer = try await lab.martlet.get(path, token: lab.people.admin)
        #expect(answer.status == 404 && answer.json["detail"]?.text != nil && answer.json["error"]?["message"] != nil)
        await lab.stop()
    }

    @Test("servers that hang, are gone or refuse neither delay the list nor empty it")
    func badServers() async throws {
        let lab = try await OpenAILab.start()
        #expect(try await lab.ids() == ["shared", "unas", "secret", "lone"])
        lab.second.change { $0.listFault = .hang }
        for _ in 0..<3 {
            let start = ContinuousClock.now
            #expect(try await lab.ids() == ["shared", "unas", "secret", "lone"])
            #expect(ContinuousClock.now - start < .seconds(3))
        }
        await lab.second.stop()
        lab.first.change { $0.listFault = .status(500, body: "out of order") }
        #expect(try await lab.ids() == ["shared", "unas", "secret", "lone"])
        // Who says no has said so: those models cannot be had.
        lab.first.change { $0.listFault = .status(401, body: #"{"error":{"message":"no"}}"#) }
        try await eventually("the list of who refuses goes") { try await lab.ids() == ["lone"] }
        lab.first.change { $0.listFault = nil }
        try await eventually("it comes back") { try await lab.ids().contains("shared") }
        await lab.stop()
    }

    @Test("a list of many megabytes is passed on whole")
    func longList() async throws {
        let lab = try await OpenAILab.start()
        let filler = String(repeating: "x", count: 500)
        let models = (0..<6000).map { "{\"id\":\"m\($0)\",\"object\":\"model\",\"note\":\"\(filler)\"}" }
        let list = "{\"data\":[\(models.joined(separator: ","))]}"
        lab.second.change { $0.list = list }
        try await eventually("the long list is there") { try await lab.ids().count == 6003 }
        let answer = try await lab.martlet.get("/openai/models", token: lab.people.admin)
        #expect(answer.body.utf8.count > 6 << 20)
        #expect(try await lab.ids("/openai/models/1").count == 6000)
        #expect(try await lab.chat("m5999").json["error"]?["code"]?.text == "model_not_found")
        await lab.stop()
    }

    @Test("an allow list is listed without asking the server, and nothing else is had from it")
    func allowList() async throws {
        let lab = try await OpenAILab.start(
            configs: #"{"1":{"model_ids":["lone","more"]}}"#, second: ["lone", "hidden"])
        #expect(try await lab.ids() == ["shared", "unas", "secret", "lone", "more"])
        #expect(lab.second.figures.requests.isEmpty)
        #expect(try await lab.chat("lone").said.hasPrefix("word0"))
        #expect(try await lab.chat("hidden").status == 404)
        await lab.stop()
    }

    @Test("a model that is new on its server can be used at once")
    func newModel() async throws {
        let lab = try await OpenAILab.start(["MODELS_CACHE_TTL": "0"])
        #expect(try await lab.chat("newcomer").status == 404)
        lab.second.change { $0.models.append("newcomer") }
        #expect(try await lab.chat("newcomer").said.hasPrefix("word0"))
        await lab.stop()
    }

    @Test("switched off, there are no models, and nothing is passed on")
    func disabled() async throws {
        let lab = try await OpenAILab.start(["ENABLE_OPENAI_API": "false"])
        #expect(try await lab.martlet.get("/openai/models", token: lab.people.admin).status == 503)
        #expect(try await lab.chat().status == 503)
        #expect(try await lab.martlet.get("/openai/audio/voices", token: lab.people.admin).status == 503)
        #expect(lab.first.figures.requests.isEmpty)
        await lab.stop()
    }

    @Test("a connection is verified with what is not saved; its own answer comes back")
    func verify() async throws {
        let lab = try await OpenAILab.start()
        func ask(_ url: String, _ key: String) async throws -> HTTP.Answer {
            try await lab.post("/openai/verify", #"{"url":"\#(url)","key":"\#(key)"}"#)
        }
        let good = try await ask(lab.first.url, OpenAILab.key)
        #expect(good.status == 200 && good.json["data"]?.elements?.count == 3)
        let refused = try await ask(lab.first.url, "sk-a-wrong-key")
        #expect(refused.status == 401 && !refused.body.contains("sk-a-wrong-key"))
        let gone = try await ask("http://127.0.0.1:1/v1", "k")
        #expect(gone.status == 502 && gone.json["detail"]?.text?.contains("refuses connections") == true)
        #expect(try await ask("file:///etc/passwd", "k").status == 400)
        #expect(try await lab.post("/openai/verify", "{}").status == 422)
        await lab.stop()
    }
}
