import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// API.md, "Ollama", and its relatives: who may do what.
@Suite("Ollama's routes")
struct OllamaRouteTests {
    struct Case: Sendable {
        var method: String
        var path: String
        /// As guest, pending, user, other user, administrator.
        var expected: [Int]
        var body: String?
        init(_ method: String, _ path: String, _ expected: [Int], _ body: String? = nil) {
            (self.method, self.path, self.expected, self.body) = (method, path, expected, body)
        }
    }

    private static let adminOnly = [401, 403, 403, 403, 200]
    private static let verified = [401, 403, 200, 200, 200]
    /// "una:1b": una's and the administrator's.
    private static let granted = [401, 403, 200, 404, 200]
    private static let secret = [401, 403, 404, 404, 200]

    private func run(_ cases: [Case], _ people: People) async throws {
        for item in cases {
            let outcome = try await people.asEverybody(item.method, item.path, item.body, mustNotAppear: "secret-")
            #expect(outcome.statuses == item.expected, "\(item.method) \(item.path)")
            #expect(outcome.leaks == [])
        }
    }

    @Test("what a model makes is for those who may use it, on a pinned server too")
    func generation() async throws {
        let fleet = try await Fleet.start()
        var cases: [Case] = []
        for (model, expected) in [("shared:1b", Self.verified), ("una:1b", Self.granted), ("secret:1b", Self.secret)] {
            for suffix in ["", "/0"] {
                let chat = #"{"model":"\#(model)","messages":[{"role":"user","content":"x"}],"stream":false}"#
                cases += [
                    .init("POST", "/ollama/api/chat\(suffix)", expected, chat),
                    .init("POST", "/ollama/v1/chat/completions\(suffix)", expected, chat),
                    .init("POST", "/ollama/api/generate\(suffix)", expected, #"{"model":"\#(model)","prompt":"x"}"#),
                    .init("POST", "/ollama/v1/completions\(suffix)", expected, #"{"model":"\#(model)","prompt":"x"}"#),
                    .init("POST", "/ollama/api/embed\(suffix)", expected, #"{"model":"\#(model)","input":["x"]}"#),
                    .init("POST", "/ollama/api/embeddings\(suffix)", expected, #"{"model":"\#(model)","prompt":"x"}"#),
                    .init("POST", "/ollama/v1/embeddings\(suffix)", expected, #"{"model":"\#(model)","input":"x"}"#),
                    .init("POST", "/ollama/api/show\(suffix)", expected, #"{"model":"\#(model)"}"#),
                    .init("GET", "/ollama/api/info\(suffix)?model=\(model)", expected),
                ]
            }
        }
        try await run(cases, fleet.people)
        await fleet.stop()
    }

    @Test("lists and figures let in whom they should")
    func lists() async throws {
        let fleet = try await Fleet.start()
        var cases: [Case] = []
        for path in ["/ollama/api/tags", "/ollama/api/ps", "/ollama/api/info", "/ollama/v1/models"] {
            cases += [
                .init("GET", path, Self.verified), .init("GET", path + "/1", Self.verified),
                .init("GET", path + "/9", [401, 403, 404, 404, 404]),
                .init("GET", path + "/x", [401, 403, 422, 422, 422]),
            ]
        }
        let everybody = [200, 200, 200, 200, 200]
        cases += [
            .init("GET", "/ollama/api/version", everybody), .init("GET", "/ollama/api/version/1", everybody),
            .init("GET", "/ollama/api/load-stats", Self.adminOnly),
            .init("GET", "/ollama/api/server-stats", Self.adminOnly), .init("GET", "/ollama/", Self.adminOnly),
            .init("GET", "/ollama/config", Self.adminOnly), .init("GET", "/ollama/url", Self.adminOnly),
            .init("GET", "/ollama/urls", Self.adminOnly), .init("GET", "/api/v1/system/lb-strategy", Self.adminOnly),
            .init("POST", "/ollama/verify", Self.adminOnly, #"{"url":"\#(fleet.first.url)"}"#),
            .init("POST", "/api/v1/system/lb-strategy", Self.adminOnly, #"{"strategy":"fastest"}"#),
            .init(
                "POST", "/ollama/urls/update", Self.adminOnly,
                #"{"urls":["\#(fleet.first.url)","\#(fleet.second.url)"]}"#),
        ]
        try await run(cases, fleet.people)
        await fleet.stop()
    }

    @Test("what changes servers is for administrators")
    func management() async throws {
        let fleet = try await Fleet.start()
        var cases: [Case] = []
        for suffix in ["", "/0"] {
            cases += [
                .init("POST", "/ollama/api/pull\(suffix)", Self.adminOnly, #"{"model":"new:1b"}"#),
                .init("POST", "/ollama/api/push\(suffix)", Self.adminOnly, #"{"model":"new:1b"}"#),
                .init("DELETE", "/ollama/api/push\(suffix)", Self.adminOnly, #"{"model":"new:1b"}"#),
                .init("POST", "/ollama/api/create\(suffix)", Self.adminOnly, #"{"model":"m","from":"shared:1b"}"#),
                .init("POST", "/ollama/api/copy\(suffix)", Self.adminOnly, #"{"source":"m","destination":"n"}"#),
                .init("DELETE", "/ollama/api/delete\(suffix)", Self.adminOnly, #"{"model":"n"}"#),
                .init(
                    "POST", "/ollama/models/download\(suffix)", [401, 403, 403, 403, 400], #"{"url":"https://x/y"}"#),
                .init("POST", "/ollama/models/upload\(suffix)", [401, 403, 403, 403, 422], "{}"),
            ]
        }
        cases += [
            .init("POST", "/ollama/api/unload", [401, 403, 403, 403, 404], #"{"model":"secret:1b"}"#),
            .init("POST", "/ollama/api/blobs/sha256:x", [401, 403, 403, 403, 400], "x"),
        ]
        try await run(cases, fleet.people)
        await fleet.stop()
    }

    @Test("a list has the models that its reader may use, and no others")
    func visible() async throws {
        let fleet = try await Fleet.start()
        for model in ["shared:1b", "una:1b", "secret:1b"] {
            let body = #"{"model":"\#(model)","messages":[],"stream":false}"#
            #expect(try await fleet.martlet.post("/ollama/api/chat/0", token: fleet.admin, body).status == 200)
        }
        func names(_ path: String, _ token: String) async throws -> Set<String> {
            let answer = try await fleet.martlet.get(path, token: token).json
            let models = (answer["models"] ?? answer["data"])?.elements ?? []
            return Set(models.compactMap { ($0["model"] ?? $0["id"])?.text })
        }
        for path in ["tags", "tags/0", "ps", "ps/0", "info", "info/0"].map({ "/ollama/api/\($0)" })
            + ["/ollama/v1/models", "/ollama/v1/models/0"]
        {
            #expect(try await names(path, fleet.admin) == ["shared:1b", "una:1b", "secret:1b"], "\(path)")
            #expect(try await names(path, fleet.user) == ["shared:1b", "una:1b"], "\(path)")
            #expect(try await names(path, fleet.other) == ["shared:1b"], "\(path)")
        }
        let tags = try await fleet.martlet.get("/ollama/api/tags", token: fleet.admin).json["models"]?.elements ?? []
        let shared = tags.first { $0["model"] == .string("shared:1b") }
        #expect(shared?["urls"] == .array([.integer(0), .integer(1)]))
        let info = try await fleet.martlet.get("/ollama/api/info", token: fleet.other).json["models"]?.elements ?? []
        #expect(info.first?["backends"] == .array([.integer(0), .integer(1)]))
        await fleet.stop()
    }

    @Test("a custom model goes to its base with its parameters and prompt, also where the base is not the user's")
    func custom() async throws {
        let fleet = try await Fleet.start()
        let params = #"{"temperature":0.5,"max_tokens":7,"system":"You help {{USER_NAME}}."}"#
        try await fleet.row("helper", base: "secret:1b", params: params, grants: ["*"])
        func ask(_ path: String, _ body: String) async throws -> JSONValue {
            let answer = try await fleet.martlet.post(path, token: fleet.other, body)
            #expect(answer.status == 200, "\(answer.body)")
            return (try? JSONValue(json: fleet.first.figures.lastBody.utf8)) ?? .null
        }
        let sent = try await ask(
            "/ollama/api/chat",
            #"{"model":"helper","messages":[{"role":"user","content":"x"}],"options":{"seed":1},"stream":false}"#)
        #expect(sent["model"]?.text == "secret:1b")
        #expect(sent["options"]?["temperature"] == .number(0.5))
        #expect(sent["options"]?["num_predict"] == .integer(7))
        #expect(sent["options"]?["seed"] == .integer(1))
        #expect(sent["messages"]?.elements?.first?["content"]?.text == "You help otto.")
        let generated = try await ask("/ollama/api/generate/0", #"{"model":"helper","prompt":"x","stream":false}"#)
        #expect(generated["model"]?.text == "secret:1b")
        let embedded = try await ask("/ollama/api/embed", #"{"model":"helper","input":"x"}"#)
        #expect(embedded["model"]?.text == "secret:1b")
        // The base itself stays out of reach, and so does a pinned server's copy of it.
        for path in ["/ollama/api/chat", "/ollama/api/chat/0"] {
            let answer = try await fleet.martlet.post(path, token: fleet.other, #"{"model":"secret:1b","messages":[]}"#)
            #expect(answer.status == 404)
        }
        // Go reads members whatever their case: a second spelling must not reach a server.
        let twice = #"{"model":"shared:1b","MODEL":"secret:1b","messages":[],"stream":false}"#
        #expect(try await fleet.martlet.post("/ollama/api/chat/0", token: fleet.other, twice).status == 200)
        #expect(!fleet.first.figures.lastBody.contains("secret"))
        await fleet.stop()
    }

    @Test("bad bodies are 422, and errors have the words of both kinds of client")
    func errors() async throws {
        let fleet = try await Fleet.start()
        for path in ["chat", "generate", "embed", "embeddings", "show", "pull", "push", "create", "copy", "unload"] {
            for body in ["", "{", "[]", "{}", #"{"model":5}"#, #"{"model":""}"#] {
                let answer = try await fleet.martlet.post("/ollama/api/\(path)", token: fleet.admin, body)
                #expect(answer.status == 422, "\(path) \(body)")
            }
        }
        let gone = try await fleet.martlet.post(
            "/ollama/api/chat", token: fleet.admin, #"{"model":"nobody:1b","messages":[]}"#)
        #expect(gone.status == 404)
        #expect(gone.json["error"]?.text?.contains("nobody:1b") == true && gone.json["detail"] == gone.json["error"])
        fleet.first.change { $0.fault = .status(429, body: #"{"error":"slow down"}"#) }
        let refused = try await fleet.martlet.post(
            "/ollama/api/chat/0", token: fleet.user, #"{"model":"shared:1b","messages":[]}"#)
        #expect(refused.status == 429)
        #expect(refused.json["error"]?.text == "slow down" && refused.json["detail"]?.text == "slow down")
        await fleet.stop()
    }
}
