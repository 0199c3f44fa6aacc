import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// The main job on real input: sign up, sign in, list, chat through two Ollama servers.
@Suite("The main job, end to end")
struct MainJobTests {
    @Test("sign-up, sign-in, models of both servers, a streamed chat, generate, ps and version")
    func wholeWay() async throws {
        let first = try await OllamaStub.start(
            script: .init(models: [.init(name: "stub:1b"), .init(name: "only-a:1b")]))
        let second = try await OllamaStub.start(
            script: .init(models: [.init(name: "stub:1b"), .init(name: "only-b:1b")]))
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": "\(first.url);\(second.url)"])

        let admin = try await martlet.post(
            "/api/v1/auths/signup", #"{"name":"Ada","email":"Ada@Test.Example","password":"Correct-horse-1"}"#)
        #expect(admin.status == 200)
        #expect(admin.json["role"]?.text == "admin")
        #expect(admin.json["email"]?.text == "ada@test.example")
        #expect(admin.headers["set-cookie"]?.contains("HttpOnly") == true)

        let signIn = try await martlet.post(
            "/api/v1/auths/signin", #"{"email":"ada@test.example","password":"Correct-horse-1"}"#)
        let token = try #require(signIn.json["token"]?.text)
        #expect(signIn.json["token_type"]?.text == "Bearer")
        #expect(try await martlet.get("/api/v1/auths/", token: token).json["name"]?.text == "Ada")

        let tags = try await martlet.get("/ollama/api/tags", token: token)
        let names = (tags.json["models"]?.elements ?? []).compactMap { $0["model"]?.text }
        #expect(Set(names) == ["stub:1b", "only-a:1b", "only-b:1b"])
        let urls = (tags.json["models"]?.elements ?? []).first { $0["model"]?.text == "stub:1b" }?["urls"]
        #expect(urls == .array([.integer(0), .integer(1)]))

        let chat = try await martlet.chat(token: token, tokens: 40)
        #expect(chat.status == 200)
        #expect(chat.headers["content-type"] == "application/x-ndjson")
        #expect(chat.lines.count >= 40)
        #expect(chat.lines.compactMap { $0["i"]?.double } == (0..<chat.lines.count).map(Double.init))
        #expect(chat.lines.last?["done"] == .bool(true))

        let pinned = try await martlet.post(
            "/ollama/api/generate", token: token, #"{"model":"only-b:1b","prompt":"x","stream":false}"#)
        #expect(pinned.status == 200)
        #expect(pinned.json["done"] == .bool(true))

        #expect(try await martlet.get("/ollama/api/version", token: token).json["version"]?.text == "0.12.3")
        #expect(try await martlet.get("/ollama/api/ps", token: token).status == 200)
        #expect(try await martlet.get("/ollama/api/tags/1", token: token).status == 200)
        #expect(try await martlet.get("/ollama/api/tags/9", token: token).status == 404)
        #expect(try await martlet.get("/ollama/api/tags/x", token: token).status == 422)
        await martlet.stop()
        await first.stop()
        await second.stop()
    }

    @Test("an API key chats; it is refused after it was deleted")
    func apiKey() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let created = try await martlet.post("/api/v1/auths/api_key", token: token, "{}")
        let key = try #require(created.json["api_key"]?.text)
        #expect(key.hasPrefix("sk-"))
        #expect(try await martlet.chat(token: key).status == 200)
        let deleted = try await HTTP.call("DELETE", martlet.base + "/api/v1/auths/api_key", token: token)
        #expect(deleted.body == "true")
        #expect(try await martlet.chat(token: key).status == 401)
        await martlet.stop()
        await stub.stop()
    }

    struct RouteCase: Sendable, CustomTestStringConvertible {
        var method: String
        var path: String
        /// Expected status as guest, pending, user and admin.
        var expected: [Int]
        var body: String?
        var testDescription: String { "\(method) \(path)" }
    }

    @Test("every route lets in whom it should, and tells the others nothing")
    func roles() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(
            ["ENABLE_PERSISTENT_CONFIG": "false"], file: ["OLLAMA_BASE_URLS": stub.url])
        let admin = try await martlet.signUp("ada")
        // The first sign-up has closed the door; the operator shuts it for good, then opens it again.
        for isOpen in [false, true] {
            try martlet.write(settings: ["OLLAMA_BASE_URLS": stub.url, "ENABLE_SIGNUP": "\(isOpen)"])
            #expect(try await martlet.run("reload").code == 0)
        }
        let pending = try await martlet.signUp("pen")
        // The role of those who sign up is a live setting: the third one comes in as a user.
        try martlet.write(settings: ["OLLAMA_BASE_URLS": stub.url, "DEFAULT_USER_ROLE": "user"])
        #expect(try await martlet.run("reload").output.contains("DEFAULT_USER_ROLE"))
        let user = try await martlet.signUp("una")
        // A model that nobody has been granted is an administrator's only, and to others as if it were not there.
        let chat = #"{"model":"stub:1b","messages":[],"stream":false}"#
        let cases: [RouteCase] = [
            .init(method: "GET", path: "/health", expected: [200, 200, 200, 200]),
            .init(method: "GET", path: "/livez", expected: [200, 200, 200, 200]),
            .init(method: "GET", path: "/readyz", expected: [200, 200, 200, 200]),
            .init(method: "GET", path: "/health/db", expected: [200, 200, 200, 200]),
            .init(method: "GET", path: "/api/version", expected: [200, 200, 200, 200]),
            .init(method: "GET", path: "/api/v1/auths/", expected: [401, 200, 200, 200]),
            .init(method: "GET", path: "/ollama/", expected: [401, 403, 403, 200]),
            .init(method: "GET", path: "/ollama/api/tags", expected: [401, 403, 200, 200]),
            .init(method: "GET", path: "/ollama/api/ps", expected: [401, 403, 200, 200]),
            .init(method: "GET", path: "/ollama/api/version", expected: [200, 200, 200, 200]),
            .init(method: "POST", path: "/ollama/api/chat", expected: [401, 403, 404, 200], body: chat),
            .init(method: "POST", path: "/ollama/api/chat/0", expected: [401, 403, 404, 200], body: chat),
            .init(method: "POST", path: "/ollama/api/generate", expected: [401, 403, 404, 200], body: chat),
            .init(method: "GET", path: "/api/v1/auths/api_key", expected: [401, 403, 404, 404]),
            .init(method: "GET", path: "/api/v1/metrics", expected: [401, 403, 403, 200]),
            .init(method: "GET", path: "/nowhere", expected: [404, 404, 404, 404]),
            .init(method: "PUT", path: "/health", expected: [405, 405, 405, 405]),
        ]
        for item in cases {
            for (token, status) in zip([nil, pending, user, admin], item.expected) {
                let answer = try await HTTP.call(item.method, martlet.base + item.path, token: token, body: item.body)
                #expect(answer.status == status, "\(item.testDescription) as \(token ?? "guest")")
                if status == 401 || status == 403 {
                    #expect(answer.json["detail"]?.text != nil)
                    #expect(!answer.body.contains("stub:1b"))
                }
            }
        }
        await martlet.stop()
        await stub.stop()
    }

    @Test("wrong bodies are told in the 422 form, and nothing is made of them")
    func validation() async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let missing = try await martlet.post("/api/v1/auths/signup", #"{"email":"a@b.c"}"#)
        #expect(missing.status == 422)
        let problems = missing.json["detail"]?.elements ?? []
        #expect(problems.compactMap { $0["loc"]?.elements?.last?.text } == ["name", "password"])
        #expect(problems.allSatisfy { $0["type"]?.text == "missing" && $0["msg"]?.text == "Field required" })
        #expect(try await martlet.post("/api/v1/auths/signin", #"{"email":"#).status == 422)
        #expect(try await martlet.post("/api/v1/auths/signin", "[]").status == 422)
        #expect(try await martlet.post("/api/v1/auths/signin", "").status == 422)
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(try await martlet.post("/api/v1/auths/signin", #"{"email":\#(deep)}"#).status == 400)
        #expect(
            try await martlet.post("/api/v1/auths/signup", #"{"name":"a","email":"nope","password":"x"}"#).status == 400
        )
        let token = try await martlet.signUp("ada")
        #expect(try await martlet.post("/ollama/api/chat", token: token, "{}").status == 422)
        #expect(try await martlet.post("/ollama/api/chat", token: token, "{").status == 422)
        #expect(try await martlet.chat(token: token).status == 503)
        await martlet.stop()
    }

    @Test("of many who sign up first at the same time exactly one is administrator")
    func firstSignUp() async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let roles = try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<8 {
                group.addTask {
                    let body = #"{"name":"n\#(index)","email":"n\#(index)@test.example","password":"Secret-1"}"#
                    return try await martlet.post("/api/v1/auths/signup", body).json["role"]?.text
                }
            }
            var roles: [String] = []
            for try await role in group { if let role { roles.append(role) } }
            return roles
        }
        #expect(roles.filter { $0 == "admin" }.count == 1)
        await martlet.stop()
    }
}
