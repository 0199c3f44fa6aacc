import Contracts
import FoundationEssentials
import Testing

/// What a provider says of people: roles, groups, and what is kept of its tokens.
@Suite("OAuth claims, with oidc-provider-mock", .enabled(if: OIDCProviderMock.environment != nil))
struct OAuthClaimsTests {
    @Test("with role management each sign-in sets the role, up and down; dotted claims descend")
    func roles() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(
            provider: mock.url,
            [
                "ENABLE_OAUTH_ROLE_MANAGEMENT": "true", "OAUTH_ROLES_CLAIM": "realm_access.roles",
                "OAUTH_ROLES_SEPARATOR": ";", "OAUTH_ALLOWED_ROLES": "staff;guests, too",
                "OAUTH_ADMIN_ROLES": #"["chiefs"]"#, "DEFAULT_USER_ROLE": "pending",
            ])
        let admin = try await martlet.signUp("ada")
        let steps = [
            (#"["staff"]"#, "user"), (#"["chiefs","staff"]"#, "admin"), (#""guests, too;other""#, "user"),
            (#""chiefs""#, "admin"), (#"["admin","user"]"#, "pending"), ("[]", "pending"), ("7", "pending"),
            ("{}", "pending"), (#"["staff"]"#, "user"), ("null", "pending"),
        ]
        for (claim, role) in steps {
            try await mock.put("una", #"{"email":"una@example.org","realm_access":{"roles":\#(claim)}}"#)
            let (page, browser) = try await martlet.signIn(over: mock, as: "una")
            #expect(page.location == "/auth", "\(martlet.log)")
            #expect(try await martlet.session(browser)["role"] == .string(role), "\(claim)")
        }
        #expect(try await martlet.get("/api/v1/auths/", token: admin).json["role"] == .string("admin"))
        await martlet.stop()
    }

    @Test("with group management the claim's groups are joined and the others left, but for blocked ones")
    func groups() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(
            provider: mock.url,
            [
                "ENABLE_OAUTH_GROUP_MANAGEMENT": "true", "OAUTH_BLOCKED_GROUPS": #"["local","^adm","team-?"]"#,
            ])
        let admin = try await martlet.signUp("ada")
        var ids: [String: String] = [:]
        for name in ["red", "blue", "local", "admins", "team-1"] {
            let made = try await martlet.post(
                "/api/v1/groups/create", token: admin, #"{"name":"\#(name)","description":""}"#)
            ids[name] = made.json["id"]?.text
        }
        func groups(_ claim: String) async throws -> Set<String> {
            try await mock.put("una", #"{"email":"una@example.org","groups":\#(claim)}"#)
            let (page, browser) = try await martlet.signIn(over: mock, as: "una")
            #expect(page.location == "/auth", "\(martlet.log)")
            let id = try #require(try await martlet.session(browser)["id"]?.text)
            let user = try await martlet.get("/api/v1/users/", token: admin).json["users"]?.elements?.first {
                $0["id"] == .string(id)
            }
            let joined = user?["group_ids"]?.elements?.compactMap(\.text) ?? []
            return Set(joined.compactMap { id in ids.first { $0.value == id }?.key })
        }
        #expect(try await groups(#"["red","admins","team-1","unknown"]"#) == ["red"])
        #expect(try await groups(#""blue; red""#) == ["red", "blue"])
        let una = try #require(
            try await martlet.get("/api/v1/users/", token: admin).json["users"]?.elements?.first {
                $0["email"] == .string("una@example.org")
            }?["id"]?.text)
        let added = try await martlet.post(
            "/api/v1/groups/id/\(ids["local"] ?? "")/users/add", token: admin, #"{"user_ids":["\#(una)"]}"#)
        #expect(added.status == 200)
        #expect(try await groups(#"["blue"]"#) == ["blue", "local"])
        #expect(try await groups("[]") == ["blue", "local"])
        let all = try await martlet.get("/api/v1/groups/", token: admin).json.elements?.count
        #expect(all == 5)
        await martlet.stop()
    }

    @Test("with group creation the claim's groups are made, blocked ones not, and not twice")
    func creation() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(
            provider: mock.url,
            [
                "ENABLE_OAUTH_GROUP_MANAGEMENT": "true", "ENABLE_OAUTH_GROUP_CREATION": "true",
                "OAUTH_BLOCKED_GROUPS": #"["secret-*"]"#,
            ])
        let admin = try await martlet.signUp("ada")
        for name in ["una", "otto"] {
            try await mock.put(name, #"{"email":"\#(name)@example.org","groups":["red","secret-1"]}"#)
            #expect(try await martlet.signIn(over: mock, as: name).page.location == "/auth")
        }
        let groups = try await martlet.get("/api/v1/groups/", token: admin).json.elements ?? []
        #expect(groups.compactMap { $0["name"]?.text } == ["red"])
        #expect(groups.first?["member_count"] == .integer(2), "\(groups)")
        await martlet.stop()
    }

    @Test("the provider's tokens are kept as Open WebUI keeps them, and sign-out leads to the provider")
    func session() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(
            provider: mock.url,
            [
                "WEBUI_SECRET_KEY": "a-key", "WEBUI_AUTH_SIGNOUT_REDIRECT_URL": "https://bye.example/?a=b&c",
            ])
        try await mock.put("ada", #"{"email":"ada@example.org"}"#)
        let (_, browser) = try await martlet.signIn(over: mock, as: "ada")
        let (_, second) = try await martlet.signIn(over: mock, as: "ada")
        let cookies = second.cookies(martlet.base)
        let session = try await martlet.session(second)
        let id = try #require(session["id"]?.text)
        let token = try #require(cookies["token"])
        // One a user and provider: the newer one. No token of the provider's is in the answer.
        let listed = try await martlet.get("/api/v1/users/\(id)/oauth/sessions", token: token)
        #expect(listed.json.elements?.map { $0["id"]?.text } == [cookies["oauth_session_id"]], "\(listed.body)")
        #expect(!listed.body.contains("token") && !listed.body.contains("gAAAA"))
        // Open WebUI's own way of reading it.
        let script = """
            import base64, hashlib, json, sqlite3, sys
            from cryptography.fernet import Fernet
            key = base64.urlsafe_b64encode(hashlib.sha256(b"a-key").digest())
            row = sqlite3.connect(sys.argv[1]).execute("select token, expires_at from oauth_session").fetchall()
            assert len(row) == 1
            token = json.loads(Fernet(key).decrypt(row[0][0].encode()))
            assert token["id_token"] == sys.argv[2], token
            assert token["access_token"] and token["refresh_token"] and token["expires_at"] == row[0][1], token
            print("read")
            """
        let directory = Martlet.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let python = try ChildProcess(
            (OIDCProviderMock.environment ?? "") + "/bin/python",
            ["-c", script, martlet.data + "/webui.db", cookies["oauth_id_token"] ?? ""], output: directory + "/out")
        #expect(await python.end(within: .seconds(60)) == 0)
        let output = try String(contentsOfFile: directory + "/out", encoding: .utf8)
        #expect(output.contains("read"), "\(output)")
        // The session that was replaced ends here only.
        let plain = try await browser.get(martlet.base + "/api/v1/auths/signout")
        #expect(plain.json["redirect_url"] == .string("https://bye.example/?a=b&c"))
        let page = try await second.get(martlet.base + "/api/v1/auths/signout")
        let target = try #require(page.json["redirect_url"]?.text)
        #expect(target.hasPrefix("\(mock.url)/oauth2/end_session?id_token_hint="))
        #expect(query(target)["id_token_hint"] == cookies["oauth_id_token"])
        #expect(query(target)["post_logout_redirect_uri"] == "https://bye.example/?a=b&c")
        #expect(second.cookies(martlet.base)["oauth_session_id"] == nil)
        #expect(try await martlet.get("/api/v1/auths/", token: token).status == 401)
        await martlet.stop()
    }

    @Test("token exchange signs in who is known, makes no account, and is off unless it is wanted")
    func exchange() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(provider: mock.url, ["ENABLE_OAUTH_TOKEN_EXCHANGE": "true"])
        _ = try await martlet.signUp("ada")
        try await mock.put("una", #"{"email":"una@example.org"}"#)
        try await mock.put("new", #"{"email":"new@example.org"}"#)
        try await mock.put("ada", #"{"email":"ada@test.example"}"#)
        _ = try await martlet.signIn(over: mock, as: "una")
        func exchange(_ subject: String, _ provider: String = "oidc") async throws -> HTTP.Answer {
            let browser = Browser()
            let asked =
                "\(mock.url)/oauth2/authorize?response_type=code&client_id=app&scope=openid%20email"
                + "&redirect_uri=http%3A%2F%2Fapp.example%2F&state=s"
            let code = query(try await mock.authorize(browser, asked, as: subject))["code"] ?? ""
            let form =
                "grant_type=authorization_code&code=\(code)&client_id=app&client_secret=x"
                + "&redirect_uri=http%3A%2F%2Fapp.example%2F"
            let token = try await browser.postForm("\(mock.url)/oauth2/token", form).json["access_token"]?.text ?? ""
            return try await martlet.post(
                "/api/v1/auths/oauth/\(provider)/token/exchange", #"{"token":"\#(token)"}"#)
        }
        let una = try await exchange("una", "OIDC")
        #expect(una.status == 200 && una.json["email"] == .string("una@example.org"), "\(una.body)")
        #expect(una.headers["set-cookie"]?.hasPrefix("token=") == true)
        let token = try #require(una.json["token"]?.text)
        #expect(try await martlet.get("/api/v1/auths/", token: token).status == 200)
        for stranger in ["new", "ada"] {
            let answer = try await exchange(stranger)
            #expect(answer.status == 403, "\(answer.body)")
            #expect(answer.json["detail"]?.text?.hasPrefix("User not found.") == true)
        }
        for bad in ["x", "a\\nb", "ü", ""] {
            let answer = try await martlet.post(
                "/api/v1/auths/oauth/oidc/token/exchange", #"{"token":"\#(bad)"}"#)
            #expect(answer.status == 400, "\(bad): \(answer.body)")
        }
        #expect(try await exchange("una", "google").status == 404)
        #expect(try await martlet.post("/api/v1/auths/oauth/oidc/token/exchange", "{}").status == 422)
        await martlet.stop()
    }
}
