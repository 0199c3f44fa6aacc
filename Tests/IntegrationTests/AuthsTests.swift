import Contracts
import FoundationEssentials
import Storage
import Testing

/// API.md, "Auths" and "Configs", through the real server.
@Suite("Accounts and settings")
struct AuthsTests {
    private static let adminOnly = [401, 403, 403, 403, 200]

    @Test("each route lets in whom it should, and tells the others nothing")
    func roles() async throws {
        let people = try await People.start()
        let secret = "Secret webhook"
        let martlet = people.martlet
        let set = try await martlet.post(
            "/api/webhook", token: people.admin, #"{"url":"https://hooks.example/\#(secret)"}"#)
        #expect(set.status == 200)
        let config = try await martlet.get("/api/v1/auths/admin/config", token: people.admin).body
        let code = try await martlet.get("/api/v1/configs/code_execution", token: people.admin).body
        let verified = [401, 403, 200, 200, 200]
        let anySession = [401, 200, 200, 200, 200]
        let cases: [UsersTests.Case] = [
            .init("GET", "/api/v1/auths/", anySession), .init("GET", "/api/v1/auths/profile", anySession),
            .init("GET", "/api/v1/auths/config", Self.adminOnly),
            .init("POST", "/api/v1/auths/config/update", Self.adminOnly, #"{"ENABLE_NOTES":true}"#),
            .init("GET", "/api/v1/auths/admin/config", Self.adminOnly),
            .init("POST", "/api/v1/auths/admin/config", Self.adminOnly, config),
            .init("POST", "/api/v1/auths/admin/config/update", Self.adminOnly, config),
            .init("GET", "/api/v1/auths/admin/details", anySession),
            .init("POST", "/api/v1/auths/admin/details", Self.adminOnly, #"{"email":"una@test.example"}"#),
            .init("GET", "/api/v1/auths/token", [404, 404, 404, 404, 404]),
            .init("GET", "/api/v1/auths/token/config", Self.adminOnly),
            .init("POST", "/api/v1/auths/token/config/update", Self.adminOnly, #"{"JWT_EXPIRES_IN":"4w"}"#),
            .init("POST", "/api/v1/auths/update/timezone", anySession, #"{"timezone":"Europe/Berlin"}"#),
            .init(
                "POST", "/api/v1/auths/update/profile", verified,
                #"{"name":"same","profile_image_url":"/user.png","date_of_birth":"2000-02-29"}"#),
            .init(
                "POST", "/api/v1/auths/password/update", [401, 403, 400, 400, 400],
                #"{"password":"wrong","new_password":"x"}"#),
            .init(
                "POST", "/api/v1/auths/update/password", [401, 403, 400, 400, 400],
                #"{"password":"wrong","new_password":"x"}"#),
            .init(
                "POST", "/api/v1/auths/add", [401, 403, 403, 403, 400],
                #"{"name":"x","email":"una@test.example","password":"x"}"#),
            .init("GET", "/api/v1/configs/", Self.adminOnly), .init("GET", "/api/v1/configs/export", Self.adminOnly),
            .init("POST", "/api/v1/configs/update", Self.adminOnly, "{}"),
            .init("GET", "/api/v1/configs/banners", [200, 200, 200, 200, 200]),
            .init("POST", "/api/v1/configs/banners/update", Self.adminOnly, #"{"banners":[]}"#),
            .init("POST", "/api/v1/configs/banners", Self.adminOnly, #"{"banners":[]}"#),
            .init("POST", "/api/v1/configs/suggestions", Self.adminOnly, #"{"suggestions":[]}"#),
            .init("GET", "/api/v1/configs/connections", Self.adminOnly),
            .init(
                "POST", "/api/v1/configs/connections", Self.adminOnly,
                #"{"ENABLE_DIRECT_CONNECTIONS":false,"ENABLE_BASE_MODELS_CACHE":false}"#),
            .init("GET", "/api/v1/configs/models", Self.adminOnly),
            .init(
                "POST", "/api/v1/configs/models", Self.adminOnly,
                #"{"DEFAULT_MODELS":null,"DEFAULT_PINNED_MODELS":"a","MODEL_ORDER_LIST":["b"]}"#),
            .init("GET", "/api/v1/configs/code_execution", Self.adminOnly),
            .init("POST", "/api/v1/configs/code_execution", Self.adminOnly, code),
            .init("GET", "/api/v1/configs/tool_servers", Self.adminOnly),
            .init("POST", "/api/v1/configs/tool_servers", Self.adminOnly, #"{"TOOL_SERVER_CONNECTIONS":[]}"#),
            .init("POST", "/api/v1/configs/oauth/clients/register", [401, 403, 403, 403, 422], "{}"),
            .init("GET", "/api/webhook", Self.adminOnly), .init("GET", "/api/version/updates", verified),
            .init("GET", "/api/changelog", [200, 200, 200, 200, 200]),
            .init("GET", "/api/config", [200, 200, 200, 200, 200]),
        ]
        for item in cases {
            let outcome = try await people.asEverybody(item.method, item.path, item.body, mustNotAppear: secret)
            #expect(outcome.statuses == item.expected, "\(item.method) \(item.path)")
            #expect(outcome.leaks == [])
        }
        for token in [nil, people.pending, people.user] {
            #expect(try await !martlet.get("/api/config", token: token).body.contains(secret))
        }
        await martlet.stop()
    }

    @Test("sign-out ends the session at the next request, by either method, and takes its cookies away")
    func signOut() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        for (method, token) in [("GET", people.user), ("POST", people.other)] {
            #expect(try await martlet.get("/api/v1/auths/", token: token).status == 200)
            let answer = try await HTTP.call(method, martlet.base + "/api/v1/auths/signout", token: token)
            #expect(answer.status == 200 && answer.json["status"] == .bool(true))
            #expect(try await martlet.get("/api/v1/auths/", token: token).status == 401)
        }
        #expect(try await martlet.run("restart", "api").code == 0)
        #expect(try await martlet.get("/api/v1/auths/", token: people.user).status == 401)
        #expect(try await martlet.get("/api/v1/auths/", token: people.admin).status == 200)
        await martlet.stop()
    }

    @Test("a changed password ends the other sessions, and an API key stays")
    func changePassword() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let signIn = #"{"email":"una@test.example","password":"\#(martlet.password("una"))"}"#
        let other = try #require(try await martlet.post("/api/v1/auths/signin", signIn).json["token"]?.text)
        let key = try await martlet.post("/api/v1/auths/api_key", token: people.user, "").json["api_key"]?.text
        let change = #"{"password":"\#(martlet.password("una"))","new_password":"An0ther-pass"}"#
        let answer = try await martlet.post("/api/v1/auths/password/update", token: people.user, change)
        #expect(answer.status == 200 && answer.json["message"] != nil)
        #expect(try await martlet.get("/api/v1/auths/", token: other).status == 401)
        #expect(try await martlet.get("/api/v1/auths/", token: people.user).status == 200)
        #expect(try await martlet.get("/api/v1/auths/", token: key).status == 200)
        #expect(try await martlet.post("/api/v1/auths/signin", signIn).status == 400)
        await martlet.stop()
    }

    @Test("saved settings hold at once, survive a restart, and come back from an export as they went in")
    func settings() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let document = #"""
            {"config":{"version":0,"ui":{"enable_signup":false,"banners":[{"id":"b","type":"info","title":"T",
            "content":"Hi","dismissible":true,"timestamp":1}],"default_models":null},"rag":{"top_k":4,
            "template":"näh \"x\""},"auth":{"jwt_expiry":"17 parsecs","enable_api_keys":false},
            "ollama":{"base_urls":["http://127.0.0.1:9"]},"unknown":{"deep":[1,2.5,{"a":null}]}}}
            """#
        let imported = try await martlet.post("/api/v1/configs/import", token: people.admin, document)
        let sent = try JSONValue(json: document.utf8)["config"]
        #expect(imported.status == 200 && imported.json == sent)
        #expect(try await martlet.get("/api/v1/configs/export", token: people.admin).json == sent)
        #expect(
            try await martlet.post("/api/v1/auths/signup", #"{"name":"x","email":"x@y.zz","password":"x"}"#).status
                == 403)
        #expect(try await martlet.post("/api/v1/auths/api_key", token: people.user, "").status == 403)
        let banners = try await martlet.get("/api/v1/configs/banners").json
        #expect(banners.elements?.first?["content"] == .string("Hi"))
        let whole = try await martlet.get("/api/v1/configs/", token: people.admin).json
        #expect(whole.value(at: "unknown.deep") == sent?.value(at: "unknown.deep"))
        // Not allowed, so it does not hold; it stays in what was saved.
        #expect(whole.value(at: "auth.jwt_expiry") == .string("4w"))
        let told = try await martlet.run("config", "--json")
        #expect(told.output.contains(#""value" : "http://127.0.0.1:9""#) && told.output.contains("database"))
        await martlet.end()
        try await martlet.startAgain()
        let again = try await martlet.get("/api/v1/configs/", token: people.admin).json
        #expect(again.value(at: "ollama.base_urls") == .array([.string("http://127.0.0.1:9")]))
        #expect(try await martlet.get("/api/v1/configs/export", token: people.admin).json == sent)
        await martlet.stop()
    }

    @Test("what is wrong in a form is told member by member, and nothing of it is saved")
    func wrongForms() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let before = try await martlet.get("/api/v1/configs/export", token: people.admin).body
        let bodies = [
            ("/api/v1/auths/config/update", #"{"ENABLE_NOTES":false,"DEFAULT_USER_ROLE":"root"}"#),
            ("/api/v1/auths/config/update", #"{"ENABLE_SIGNUP":"perhaps"}"#),
            ("/api/v1/auths/token/config/update", #"{"JWT_EXPIRES_IN":"tomorrow"}"#),
            ("/api/v1/auths/token/config/update", "{}"),
            ("/api/v1/auths/admin/config", #"{"ENABLE_NOTES":false}"#),
            ("/api/v1/configs/import", #"{"config":[]}"#), ("/api/v1/configs/import", "{}"),
            ("/api/v1/configs/connections", #"{"ENABLE_DIRECT_CONNECTIONS":1,"ENABLE_BASE_MODELS_CACHE":false}"#),
            ("/api/v1/configs/banners", #"{"banners":[{}]}"#), ("/api/v1/configs/banners", #"{"banners":"x"}"#),
            ("/api/v1/configs/banners/update", #"{"banners":[7]}"#),
            ("/api/webhook", #"{"url":7}"#), ("/api/webhook", #"{"url":"a\u0000b"}"#),
        ]
        for (path, body) in bodies {
            let answer = try await martlet.post(path, token: people.admin, body)
            #expect(answer.status == 422, "\(path) \(body)")
            #expect(answer.json["detail"]?.elements?.isEmpty == false)
        }
        #expect(try await martlet.get("/api/v1/configs/export", token: people.admin).body == before)
        for date in ["2001-02-29", "2000-13-01", "01-01-2000", "x", "２０００-01-01"] {
            let answer = try await martlet.post(
                "/api/v1/auths/update/profile", token: people.user,
                #"{"name":"n","profile_image_url":"","date_of_birth":"\#(date)"}"#)
            #expect(answer.status == 422, "\(date)")
        }
        await martlet.stop()
    }

    @Test("a proxy's header signs in from its address only, and a session of somebody else does not pass beside it")
    func trustedHeader() async throws {
        let martlet = try await Martlet.start(
            [
                "WEBUI_AUTH_TRUSTED_EMAIL_HEADER": "X-Mail", "WEBUI_AUTH_TRUSTED_NAME_HEADER": "X-Name",
                "MARTLET_TRUSTED_PROXIES": "127.0.0.1,::1",
            ], file: ["OLLAMA_BASE_URLS": ""])
        let body = #"{"email":"","password":""}"#
        func signIn(_ headers: [(String, String)]) async throws -> HTTP.Answer {
            try await HTTP.call("POST", martlet.base + "/api/v1/auths/signin", body: body, headers: headers)
        }
        let first = try await signIn([("X-Mail", "Ada@Test.example"), ("X-Name", "Ad%C3%A4")])
        #expect(first.status == 200 && first.json["role"] == .string("admin"))
        #expect(first.json["name"] == .string("Adä") && first.json["email"] == .string("ada@test.example"))
        #expect(try await signIn([]).status == 400)
        #expect(try await signIn([("X-Mail", "a@b.cc"), ("X-Mail", "d@e.ff")]).status == 400)
        let token = try #require(first.json["token"]?.text)
        func session(_ mail: String?) async throws -> Int {
            try await HTTP.call(
                "GET", martlet.base + "/api/v1/auths/", token: token, headers: mail.map { [("X-Mail", $0)] } ?? []
            ).status
        }
        #expect(try await session("ADA@test.example") == 200)
        #expect(try await session("other@test.example") == 401)
        #expect(try await session(nil) == 200)
        await martlet.stop()
        let untrusting = try await Martlet.start(
            ["WEBUI_AUTH_TRUSTED_EMAIL_HEADER": "X-Mail", "MARTLET_TRUSTED_PROXIES": "192.0.2.0/24"],
            file: ["OLLAMA_BASE_URLS": ""])
        let refused = try await HTTP.call(
            "POST", untrusting.base + "/api/v1/auths/signin", body: body, headers: [("X-Mail", "ada@test.example")])
        #expect(refused.status == 400)
        await untrusting.stop()
    }

    @Test("sign-ins, their failures and refusals are in the audit, with who and from where, and no password")
    func audit() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        _ = try await martlet.post(
            "/api/v1/auths/signin", #"{"email":"una@test.example","password":"Wr0ng-secret"}"#)
        _ = try await martlet.get("/api/v1/users/", token: people.user)
        await martlet.end()
        let database = try Database.open(path: martlet.data + "/webui.db")
        let rows = try await database.read { try AuditTable.latest(limit: 100, in: $0) }.map { entry in
            "\(entry.event) \(entry.result) \(entry.email ?? "") \(entry.source ?? "") \(entry.detail ?? "")"
        }
        #expect(rows.contains("sign-up success ada@test.example 127.0.0.1 "))
        #expect(rows.contains("sign-in 400 una@test.example 127.0.0.1 password"))
        #expect(rows.contains("refused 403 una@test.example 127.0.0.1 GET /api/v1/users/"))
        #expect(!rows.joined().contains("Wr0ng-secret"))
        try await database.close()
        martlet.destroy()
    }
}
