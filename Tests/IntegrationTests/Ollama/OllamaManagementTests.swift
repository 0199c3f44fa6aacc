import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// pull, push, create, copy, delete and unload over several servers.
@Suite("Models on several servers")
struct OllamaManagementTests {
    private struct Lab {
        let stubs: [OllamaStub]
        let martlet: Martlet
        let token: String

        /// Servers with "base:1b"; the first has "only:1b" too.
        static func start(_ count: Int = 3) async throws -> Lab {
            var stubs: [OllamaStub] = []
            for index in 0..<count {
                let names = ["base:1b"] + (index == 0 ? ["only:1b"] : [])
                stubs.append(try await OllamaStub.start(script: .init(models: names.map { .init(name: $0) })))
            }
            let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stubs.map(\.url).joined(separator: ";")])
            return Lab(stubs: stubs, martlet: martlet, token: try await martlet.signUp("ada"))
        }

        func post(_ path: String, _ body: String) async throws -> HTTP.Answer {
            try await martlet.post(path, token: token, body)
        }

        func delete(_ path: String, _ body: String) async throws -> HTTP.Answer {
            try await HTTP.call("DELETE", martlet.base + path, token: token, body: body)
        }

        /// Which servers have the model.
        func having(_ model: String) -> [Int] {
            stubs.indices.filter { index in stubs[index].models.contains(model) }
        }

        /// How often each was asked.
        func asked(_ path: String) -> [Int] { stubs.map { $0.figures.requestsByPath[path] ?? 0 } }

        func stop() async {
            await martlet.stop()
            for stub in stubs { await stub.stop() }
        }
    }

    @Test("pull brings a model to every server with one stream of progress, or to the one that is named")
    func pull() async throws {
        let lab = try await Lab.start()
        let all = try await lab.post("/ollama/api/pull", #"{"model":"new:1b"}"#)
        #expect(all.status == 200 && all.headers["content-type"]?.hasPrefix("application/x-ndjson") == true)
        #expect(all.lines.last?["status"]?.text == "success")
        #expect(all.lines.allSatisfy { $0["error"] == nil })
        #expect(all.lines.contains { $0["completed"] == .integer(10_000_000) })
        let endsEarly = all.lines.dropLast().contains { $0["status"] == .string("success") }
        #expect(!endsEarly)
        #expect(lab.having("new:1b") == [0, 1, 2])
        let one = try await lab.post("/ollama/api/pull/1", #"{"name":"other:1b"}"#)
        #expect(one.lines.last?["status"]?.text == "success")
        #expect(lab.having("other:1b") == [1])
        let document = try await lab.post("/ollama/api/pull/2", #"{"model":"third:1b","stream":false}"#)
        #expect(document.json["status"]?.text == "success")
        #expect(lab.having("third:1b") == [2])
        await lab.stop()
    }

    @Test("a pull that fails says so in its last line, or with its status")
    func pullFails() async throws {
        let lab = try await Lab.start()
        let streamed = try await lab.post("/ollama/api/pull", #"{"model":"missing:1b"}"#)
        #expect(streamed.lines.last?["error"]?.text?.isEmpty == false, "\(streamed.body)")
        let whole = try await lab.post("/ollama/api/pull", #"{"model":"missing:1b","stream":false}"#)
        #expect(whole.status >= 400)
        #expect(whole.json["error"]?.text?.isEmpty == false && whole.json["detail"] != nil, "\(whole.body)")
        #expect(try await lab.post("/ollama/api/pull/9", #"{"model":"new:1b"}"#).status == 404)
        #expect(lab.having("missing:1b") == [])
        await lab.stop()
    }

    @Test("copy and delete act where the model is; what nobody has is 404")
    func copyAndDelete() async throws {
        let lab = try await Lab.start()
        let copy = try await lab.post("/ollama/api/copy", #"{"source":"base:1b","destination":"copy:1b"}"#)
        #expect(copy.status == 200 && copy.body == "true", "\(copy.body)")
        #expect(lab.having("copy:1b") == [0, 1, 2])
        let some = try await lab.post("/ollama/api/copy", #"{"source":"only:1b","destination":"twin:1b"}"#)
        #expect(some.body == "true" && lab.having("twin:1b") == [0])
        let first = try await lab.delete("/ollama/api/delete/1", #"{"model":"copy:1b"}"#)
        #expect(first.body == "true" && lab.having("copy:1b") == [0, 2])
        let rest = try await lab.delete("/ollama/api/delete", #"{"model":"copy:1b"}"#)
        #expect(rest.body == "true" && lab.having("copy:1b") == [], "\(rest.body)")
        for answer in [
            try await lab.delete("/ollama/api/delete", #"{"model":"nobody:1b"}"#),
            try await lab.post("/ollama/api/copy", #"{"source":"nobody:1b","destination":"x"}"#),
        ] {
            #expect(answer.status == 404)
            #expect(answer.json["error"] != nil && answer.json["detail"] != nil, "\(answer.body)")
        }
        await lab.stop()
    }

    @Test("push sends from one server, create works on those that have the base, or on all")
    func pushAndCreate() async throws {
        let lab = try await Lab.start()
        for method in ["POST", "DELETE"] {
            let answer = try await HTTP.call(
                method, lab.martlet.base + "/ollama/api/push", token: lab.token, body: #"{"model":"base:1b"}"#)
            #expect(answer.lines.last?["status"]?.text == "success", "\(answer.body)")
        }
        #expect(lab.asked("/api/push").reduce(0, +) == 2)
        let everywhere = try await lab.post("/ollama/api/create", #"{"model":"made:1b","from":"base:1b"}"#)
        #expect(everywhere.lines.last?["status"]?.text == "success", "\(everywhere.body)")
        #expect(lab.having("made:1b") == [0, 1, 2])
        let somewhere = try await lab.post(
            "/ollama/api/create", #"{"model":"few:1b","from":"only:1b","stream":false}"#)
        #expect(somewhere.json["status"]?.text == "success" && lab.having("few:1b") == [0], "\(somewhere.body)")
        let pinned = try await lab.post("/ollama/api/create/2", #"{"model":"pin:1b","from":"base:1b"}"#)
        #expect(pinned.lines.last?["status"]?.text == "success" && lab.having("pin:1b") == [2])
        await lab.stop()
    }

    @Test("unload frees the servers that have the model in memory")
    func unload() async throws {
        let lab = try await Lab.start(2)
        let chat = #"{"model":"base:1b","messages":[],"stream":false}"#
        for index in [0, 1] { #expect(try await lab.post("/ollama/api/chat/\(index)", chat).status == 200) }
        func loaded() async throws -> Int {
            let models = try await lab.martlet.get("/ollama/api/ps", token: lab.token).json["models"]?.elements ?? []
            return models.first { $0["model"]?.text == "base:1b" }?["urls"]?.elements?.count ?? 0
        }
        #expect(try await loaded() == 2)
        let answer = try await lab.post("/ollama/api/unload", #"{"model":"base:1b"}"#)
        #expect(answer.status == 200 && answer.json == .object(["status": .bool(true)]), "\(answer.body)")
        #expect(try await loaded() == 0)
        await lab.stop()
    }

    @Test("load and server figures have every server by its address")
    func figures() async throws {
        let lab = try await Lab.start(2)
        #expect(try await lab.post("/ollama/api/chat/0", #"{"model":"base:1b","messages":[]}"#).status == 200)
        let load = try await lab.martlet.get("/ollama/api/load-stats", token: lab.token).json
        for stub in lab.stubs { #expect(load[stub.url] == .integer(0)) }
        func read() async throws -> JSONValue {
            try await lab.martlet.get("/ollama/api/server-stats", token: lab.token).json
        }
        try await eventually("the proxy has seen the loaded model") {
            try await read()[lab.stubs[0].url]?["loaded_models"]?.elements?.isEmpty == false
        }
        let figures = try await read()
        let first = try #require(figures[lab.stubs[0].url])
        #expect(first["total_requests"] == .integer(1) && first["health_status"]?.text == "healthy")
        #expect((first["avg_tokens_per_second"]?.double ?? 0) > 0)
        #expect(first["available_models"]?.elements?.count == 2)
        #expect(first["loaded_models"]?.elements?.first?["name"]?.text == "base:1b")
        #expect(figures[lab.stubs[1].url]?["total_requests"] == .integer(0))
        await lab.stop()
    }
}
