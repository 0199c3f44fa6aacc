import Contracts
import FoundationEssentials
import Glibc
import Testing

/// The OAuth settings through the API, and who may do what there.
@Suite("OAuth: settings and access")
struct OAuthConfigTests {
    private static let base = "/api/v1/auths/oauth"

    @Test("only administrators see and change the settings; everybody sees the providers")
    func access() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let callers: [(String, String?, Int)] = [
            ("guest", nil, 401), ("pending", people.pending, 403), ("user", people.user, 403),
            ("other", people.other, 403), ("admin", people.admin, 200),
        ]
        for (name, token, status) in callers {
            let read = try await martlet.get("\(Self.base)/config", token: token)
            #expect(read.status == status, "\(name): \(read.body)")
            #expect(read.body.contains("OAUTH_CLIENT_ID") == (status == 200), "\(name)")
            let written = try await martlet.post("\(Self.base)/config/update", token: token, "{}")
            #expect(written.status == status, "\(name): \(written.body)")
            let providers = try await martlet.get("\(Self.base)/providers", token: token)
            #expect(providers.status == 200 && providers.body == #"{"providers":{}}"#, "\(name)")
            let login = try await martlet.get("/oauth/oidc/login", token: token)
            #expect(login.status == 404 && login.body == unknownProvider, "\(name)")
            let callback = try await martlet.get("\(Self.base)/oidc/callback?code=c&state=s", token: token)
            #expect(callback.status == 404, "\(name)")
            let exchange = try await martlet.post("\(Self.base)/google/token/exchange", token: token, #"{"token":"t"}"#)
            #expect(exchange.status == 403 && exchange.body == #"{"detail":"Token exchange is disabled"}"#, "\(name)")
        }
        await martlet.stop()
    }

    @Test("a change holds at once, secrets stay hidden, and what is sent back masked stays as it is")
    func update() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": ""])
        let admin = try await martlet.signUp("ada")
        let change = """
            {"OAUTH_CLIENT_ID":"martlet","OAUTH_CLIENT_SECRET":"hidden-1","OPENID_PROVIDER_URL":\
            "\(stub.url)/.well-known/openid-configuration","ENABLE_OAUTH_SIGNUP":true,"OAUTH_PROVIDER_NAME":"Home",\
            "OAUTH_ALLOWED_ROLES":["a,b","c"],"OAUTH_BLOCKED_GROUPS":["x"],"NO_SETTING":1}
            """
        let answer = try await martlet.post("\(Self.base)/config/update", token: admin, change)
        #expect(answer.status == 200, "\(answer.body)")
        #expect(answer.json["OAUTH_CLIENT_SECRET"] == .string("********") && !answer.body.contains("hidden-1"))
        #expect(answer.json["OAUTH_ALLOWED_ROLES"] == .array([.string("a,b"), .string("c")]))
        #expect(answer.json["OAUTH_BLOCKED_GROUPS"] == .string(#"["x"]"#))
        #expect(answer.json["GOOGLE_CLIENT_SECRET"] == .string("") && answer.json["NO_SETTING"] == nil)
        #expect(try await martlet.get("\(Self.base)/config", token: admin).json == answer.json)
        // The whole form goes back as it came, and still the provider knows the client.
        #expect(try await martlet.post("\(Self.base)/config/update", token: admin, answer.body).json == answer.json)
        for path in ["\(Self.base)/providers", "/api/config"] {
            let json = try await martlet.get(path).json
            #expect((json["oauth"] ?? json)["providers"] == .object(["oidc": .string("Home")]), "\(path)")
        }
        let listed = try await martlet.get("/api/v1/auths/config", token: admin)
        #expect(listed.json["OAUTH_PROVIDERS"] == .object(["oidc": .string("Home")]))
        let browser = Browser()
        let back = try await browser.get(try await martlet.login(browser))
        #expect(try await browser.get(try #require(back.location)).location == "/auth")
        let proof = "Basic " + Data("martlet:hidden-1".utf8).base64EncodedString()
        #expect(stub.state.withLock { $0.lastTokenHeaders["authorization"] } == proof)
        let exported = try await martlet.get("/api/v1/configs/export", token: admin).json["oauth"]
        #expect(exported?["oidc"]?["client_secret"] == .string("hidden-1"))
        #expect(exported?["blocked_groups"] == .string(#"["x"]"#) && exported?["enable_signup"] == .bool(true))
        await martlet.stop()
        await stub.stop()
    }

    @Test("what was set through the API ends with the service, unless saved OAuth settings count")
    func persistence() async throws {
        for isKept in [false, true] {
            let martlet = try await Martlet.start(
                ["ENABLE_OAUTH_PERSISTENT_CONFIG": "\(isKept)"], file: ["OLLAMA_BASE_URLS": ""])
            let admin = try await martlet.signUp("ada")
            func scopes() async throws -> JSONValue? {
                try await martlet.get("\(Self.base)/config", token: admin).json["OAUTH_SCOPES"]
            }
            _ = try await martlet.post("\(Self.base)/config/update", token: admin, #"{"OAUTH_SCOPES":"openid x"}"#)
            #expect(try await scopes() == .string("openid x"))
            for command in [["reload"], ["restart", "api"], ["upgrade"]] {
                let run = try await Martlet.run(command + ["--runtime-dir", martlet.runtime])
                #expect(run.code == 0, "\(run.output)")
            }
            #expect(try await scopes() == .string("openid x"))
            martlet.process.signal(SIGTERM)
            _ = await martlet.process.end(within: .seconds(40))
            try await martlet.startAgain(["ENABLE_OAUTH_PERSISTENT_CONFIG": "\(isKept)", "OLLAMA_BASE_URLS": ""])
            #expect(try await scopes() == .string(isKept ? "openid x" : "openid email profile"))
            await martlet.stop()
        }
    }

    @Test("what is not allowed is told, and changes nothing")
    func refused() async throws {
        let martlet = try await Martlet.start(file: ["OLLAMA_BASE_URLS": ""])
        let admin = try await martlet.signUp("ada")
        let before = try await martlet.get("\(Self.base)/config", token: admin).json
        for body in [
            #"{"ENABLE_OAUTH_SIGNUP":"yes"}"#, #"{"OAUTH_CLIENT_ID":[]}"#, #"{"OAUTH_ALLOWED_DOMAINS":"a"}"#,
            #"{"OAUTH_BLOCKED_GROUPS":"{}"}"#, #"{"OAUTH_BLOCKED_GROUPS":["[a"]}"#,
            #"{"OAUTH_CODE_CHALLENGE_METHOD":"plain"}"#, #"{"OAUTH_TOKEN_ENDPOINT_AUTH_METHOD":"x"}"#,
            #"{"ENABLE_OAUTH_TOKEN_EXCHANGE":true}"#, #"{"OAUTH_SESSION_TOKEN_ENCRYPTION_KEY":"k"}"#,
            #"{"OAUTH_SCOPES":"ok","ENABLE_OAUTH_ROLE_MANAGEMENT":1}"#, "[]", "",
        ] {
            let answer = try await martlet.post("\(Self.base)/config/update", token: admin, body)
            #expect(answer.status == 422 && answer.json["detail"]?.elements?.isEmpty == false, "\(answer.body)")
        }
        #expect(try await martlet.get("\(Self.base)/config", token: admin).json == before)
        await martlet.stop()
    }
}
