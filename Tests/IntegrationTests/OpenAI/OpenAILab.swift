import Contracts
import FoundationEssentials
import OllamaStub
import Storage

/// Two servers with OpenAI's API, people of each kind, and models that not everybody may use: "shared" is everybody's,
/// "unas" is una's by a grant, "secret" administrators' only. The first server has all of them.
struct OpenAILab {
    let first: OpenAIStub
    let second: OpenAIStub
    let people: People

    /// Of the first server.
    static let key = "sk-first-key-of-the-lab"

    var martlet: Martlet { people.martlet }

    static func start(
        configs: String = "{}", _ settings: [String: String] = [:], second models: [String] = ["lone"]
    ) async throws -> OpenAILab {
        var script = OpenAIScript(models: ["shared", "unas", "secret"])
        script.key = key
        let (first, second) = (try await OpenAIStub.start(script), try await OpenAIStub.start(.init(models: models)))
        let own = [
            "OLLAMA_BASE_URLS": "", "OPENAI_API_BASE_URLS": "\(first.url);\(second.url)",
            "OPENAI_API_KEYS": "\(key);", "OPENAI_API_CONFIGS": configs, "MODELS_CACHE_TTL": "0",
        ]
        let people = try await People.start(file: own.merging(settings) { $1 })
        let lab = OpenAILab(first: first, second: second, people: people)
        try await lab.row("shared", grants: ["*"])
        try await lab.row("unas", grants: [people.id("una")])
        guard settings["ENABLE_OPENAI_API"] != "false" else { return lab }
        try await eventually("both servers have said their models") {
            let ids = try await lab.ids()
            return ids.contains("shared") && ids.contains { $0.hasSuffix(models[0]) }
        }
        return lab
    }

    /// Puts a model into the database, with grants to read it.
    func row(_ id: String, base: String? = nil, params: String = "{}", grants: [String]) async throws {
        let record = ModelRecord(
            id: id, userID: people.id("ada"), baseModelID: base, name: id, meta: "{}", params: params, now: 1)
        try await write { try ModelTable.insert(record, in: $0) }
        try await grant(id, to: grants)
    }

    func grant(_ id: String, to grants: [String]) async throws {
        let granted = grants.enumerated().map { index, who in
            AccessGrant(id: "\(id)-\(index)", principalType: .user, principalID: who, permission: .read, createdAt: 1)
        }
        try await write { try AccessGrantTable.replace(.model, id: id, with: granted, in: $0) }
    }

    private func write(_ body: @escaping @Sendable (any SQLSession) throws -> Void) async throws {
        let database = try Database.open(path: martlet.data + "/webui.db")
        try await database.write(body)
        try await database.close()
    }

    func stop() async {
        await martlet.stop()
        await first.stop()
        await second.stop()
    }

    // MARK: Questions

    func post(
        _ path: String, _ body: String, by token: String? = nil, headers: [(String, String)] = []
    ) async throws -> HTTP.Answer {
        try await HTTP.call(
            "POST", martlet.base + path, token: token ?? people.admin, body: body, headers: headers)
    }

    func chat(_ model: String = "shared", stream: Bool = true, by token: String? = nil) async throws -> HTTP.Answer {
        try await post(
            "/openai/chat/completions",
            #"{"model":"\#(model)","messages":[{"role":"user","content":"hello"}],"stream":\#(stream)}"#, by: token)
    }

    func ids(by token: String? = nil, _ path: String = "/openai/models") async throws -> [String] {
        let answer = try await martlet.get(path, token: token ?? people.admin)
        return (answer.json["data"]?.elements ?? []).compactMap { $0["id"]?.text }
    }
}

extension HTTP.Answer {
    /// What follows `data:` in the events of a stream.
    var events: [String] {
        body.split(separator: "\n").filter { $0.hasPrefix("data:") }.map { String($0.dropFirst(6)) }
    }

    /// The text that a stream of chat completions says.
    var said: String {
        events.compactMap { event in
            (try? JSONValue(json: event.utf8))?["choices"]?.elements?.first?["delta"]?["content"]?.text
        }.joined()
    }
}
