import Contracts
import FoundationEssentials
import Testing

/// The whole way with a real provider: login, the provider's form, callback, session.
@Suite("OAuth with oidc-provider-mock", .enabled(if: OIDCProviderMock.environment != nil))
struct OAuthFlowTests {
    @Test("the first to sign in is administrator, the next a user; both come back to the same accounts")
    func accounts() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(provider: mock.url)
        try await mock.put("ada-1", #"{"email":"Ada@Example.org","name":"Ada L."}"#)
        try await mock.put("una-1", #"{"email":"una@example.org"}"#)
        let (page, browser) = try await martlet.signIn(over: mock, as: "ada-1")
        #expect(page.status == 307 && page.location == "/auth", "\(martlet.log)")
        let ada = try await martlet.session(browser)
        #expect(ada["role"] == .string("admin") && ada["name"] == .string("Ada L."))
        #expect(ada["email"] == .string("ada@example.org"))
        let (_, unas) = try await martlet.signIn(over: mock, as: "una-1")
        let una = try await martlet.session(unas)
        #expect(una["role"] == .string("user") && una["name"] == .string("una@example.org"))
        // Another name and another e-mail at the provider: the same account, as it is here.
        try await mock.put("una-1", #"{"email":"new@example.org","name":"Other"}"#)
        let (again, second) = try await martlet.signIn(over: mock, as: "una-1")
        #expect(again.location == "/auth")
        let same = try await martlet.session(second)
        #expect(same["id"] == una["id"] && same["email"] == una["email"] && same["name"] == una["name"])
        let token = try #require(browser.cookies(martlet.base)["token"])
        let users = try await martlet.get("/api/v1/users/", token: token).json
        #expect(users["total"] == .integer(2))
        let oauth = users["users"]?.elements?.first { $0["id"] == una["id"] }?["oauth"]
        #expect(oauth == .object(["oidc": .object(["sub": .string("una-1")])]))
        await martlet.stop()
    }

    @Test("the cookies are those of Open WebUI, and the login's own one goes")
    func cookies() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(
            provider: mock.url,
            [
                "WEBUI_SESSION_COOKIE_SECURE": "true", "WEBUI_SESSION_COOKIE_SAME_SITE": "strict",
                "WEBUI_URL": "https://chat.example.org/",
            ])
        try await mock.put("ada", #"{"email":"ada@example.org"}"#)
        let browser = Browser()
        let login = try await browser.get(martlet.base + "/oauth/oidc/login")
        let state = try #require(login.setCookie("owui-session"))
        #expect(Set(state.dropFirst()) == ["HttpOnly", "Path=/", "SameSite=lax", "Secure", "Max-Age=600"])
        let asked = query(try #require(login.location))
        #expect(asked["redirect_uri"] == "https://chat.example.org/oauth/oidc/callback")
        #expect(asked["response_type"] == "code" && asked["client_id"] == "martlet")
        #expect(asked["scope"] == "openid email profile" && asked["nonce"]?.utf8.count == 43)
        let back = try await mock.authorize(browser, login.location ?? "", as: "ada")
        #expect(back.hasPrefix("https://chat.example.org/oauth/oidc/callback?"))
        let page = try await browser.get(back.replacing("https://chat.example.org", with: martlet.base))
        #expect(page.status == 307 && page.location == "https://chat.example.org/auth")
        #expect(page.setCookie("owui-session")?.first == "owui-session=")
        #expect(page.setCookie("owui-session")?.contains("Max-Age=0") == true)
        #expect(Set(try #require(page.setCookie("token")).dropFirst()) == ["Path=/", "SameSite=strict", "Secure"])
        for name in ["oauth_id_token", "oauth_session_id"] {
            let attributes = Set(try #require(page.setCookie(name)).dropFirst())
            #expect(attributes == ["HttpOnly", "Path=/", "SameSite=strict", "Secure"], "\(name)")
        }
        #expect(browser.cookies(martlet.base)["oauth_id_token"]?.split(separator: ".").count == 3)
        await martlet.stop()
    }

    @Test("without sign-up strangers are refused, and vaguely; with merging an account is found by its e-mail")
    func merging() async throws {
        let mock = try await OIDCProviderMock.start()
        let settings = ["ENABLE_OAUTH_SIGNUP": "false", "OAUTH_MERGE_ACCOUNTS_BY_EMAIL": "true"]
        let martlet = try await Martlet.start(provider: mock.url, settings)
        let token = try await martlet.signUp("ada")
        let id = try await martlet.get("/api/v1/auths/", token: token).json["id"]
        try await mock.put("stranger", #"{"email":"stranger@test.example"}"#)
        try await mock.put("unsure", #"{"email":"ada@test.example","email_verified":false}"#)
        try await mock.put("ada", #"{"email":"ADA@test.example"}"#)
        for subject in ["stranger", "unsure"] {
            let (page, browser) = try await martlet.signIn(over: mock, as: subject)
            let error = query(try #require(page.location))["error"] ?? ""
            #expect(page.status == 307 && page.location?.hasPrefix("/auth?error=") == true)
            #expect(error.hasPrefix("You do not have permission"), "\(error)")
            #expect(try await martlet.session(browser) == .null && page.setCookie("token") == nil)
        }
        let (page, browser) = try await martlet.signIn(over: mock, as: "ada")
        #expect(page.location == "/auth")
        #expect(try await martlet.session(browser)["id"] == id)
        await martlet.stop()
    }

    @Test("without merging an e-mail that is taken is refused")
    func emailTaken() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(provider: mock.url)
        _ = try await martlet.signUp("ada")
        try await mock.put("ada", #"{"email":"ada@test.example"}"#)
        let (page, _) = try await martlet.signIn(over: mock, as: "ada")
        #expect(query(page.location ?? "")["error"]?.contains("already registered") == true)
        await martlet.stop()
    }

    @Test("only allowed domains are let in, and for them an e-mail must not be unverified; one without is none")
    func domains() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(
            provider: mock.url, ["OAUTH_ALLOWED_DOMAINS": "example.org, Example.com", "ENABLE_SIGNUP": "false"])
        let allowed = [
            ("a", #"{"email":"a@example.org"}"#, true), ("b", #"{"email":"b@EXAMPLE.com"}"#, true),
            ("c", #"{"email":"c@evil.example.org"}"#, false), ("d", #"{"email":"d@evil.net"}"#, false),
            ("e", #"{"email":"e@example.org","email_verified":false}"#, false), ("f", #"{"name":"F"}"#, false),
            ("g", #"{"email":"x@evil.net@example.org"}"#, false), ("h", #"{"email":["h@example.org"]}"#, false),
        ]
        for (subject, claims, isAllowed) in allowed {
            try await mock.put(subject, claims)
            let (page, browser) = try await martlet.signIn(over: mock, as: subject)
            #expect((page.location == "/auth") == isAllowed, "\(subject): \(page.location ?? "")")
            #expect((try await martlet.session(browser) != .null) == isAllowed)
        }
        #expect(martlet.log.contains("OAUTH_ALLOWED_DOMAINS"))
        await martlet.stop()
    }

    @Test("with the fallback an account without an e-mail gets one made of its id")
    func fallback() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(provider: mock.url, ["ENABLE_OAUTH_EMAIL_FALLBACK": "true"])
        try await mock.put("u-7", #"{"name":"Nobody"}"#)
        let (_, browser) = try await martlet.signIn(over: mock, as: "u-7")
        #expect(try await martlet.session(browser)["email"] == .string("oidc@u-7.local"))
        await martlet.stop()
    }

    @Test("a state that is missing, made up, of another browser, used before or tampered with is refused")
    func states() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(provider: mock.url)
        try await mock.put("ada", #"{"email":"ada@example.org"}"#)
        let browser = Browser()
        let back = try await mock.authorize(browser, try await martlet.login(browser), as: "ada")
        let cookie = try #require(browser.cookies(martlet.base)["owui-session"])
        let values = query(back)
        let (code, state) = (values["code"] ?? "", values["state"] ?? "")
        let callback = martlet.base + "/oauth/oidc/callback"
        func refused(_ browser: Browser, _ url: String) async throws {
            let page = try await browser.get(url)
            #expect(page.status == 307 && page.location?.hasPrefix("/auth?error=") == true, "\(url)")
            #expect(page.setCookie("token") == nil)
        }
        // Another browser, with and without a login of its own: login CSRF.
        let other = Browser()
        try await refused(other, back)
        _ = try await martlet.login(other)
        try await refused(other, back)
        // This browser, with another state, none, or a cookie that was changed.
        for bad in ["?code=\(code)", "?code=\(code)&state=", "?code=\(code)&state=\(state)x", ""] {
            browser.setCookie("owui-session", cookie, at: callback)
            try await refused(browser, callback + bad)
        }
        browser.setCookie("owui-session", "A" + cookie.dropFirst(), at: callback)
        try await refused(browser, back)
        // Nothing of that has used up the code.
        browser.setCookie("owui-session", cookie, at: callback)
        #expect(try await browser.get(back).location == "/auth")
        #expect(browser.cookies(callback)["owui-session"] == nil)
        // Once more, as it is and with the old cookie: the login is over, and so is the code.
        try await refused(browser, back)
        browser.setCookie("owui-session", cookie, at: callback)
        try await refused(browser, back)
        await martlet.stop()
    }

    @Test("a token with another login's nonce is refused")
    func nonce() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(provider: mock.url)
        try await mock.put("ada", #"{"email":"ada@example.org"}"#)
        let browser = Browser()
        let asked = try await martlet.login(browser)
        let nonce = try #require(query(asked)["nonce"])
        let back = try await mock.authorize(browser, asked.replacing(nonce, with: "other"), as: "ada")
        let page = try await browser.get(back)
        #expect(page.location?.hasPrefix("/auth?error=") == true && page.setCookie("token") == nil)
        #expect(martlet.log.contains("nonce is missing or wrong"))
        await martlet.stop()
    }

    @Test("several tabs sign in at the same time")
    func tabs() async throws {
        let mock = try await OIDCProviderMock.start()
        let martlet = try await Martlet.start(provider: mock.url)
        try await mock.put("ada", #"{"email":"ada@example.org"}"#)
        let browser = Browser()
        let first = try await martlet.login(browser)
        let second = try await martlet.login(browser, "/api/v1/auths/oauth/oidc/login")
        let backs = [
            try await mock.authorize(browser, first, as: "ada"), try await mock.authorize(browser, second, as: "ada"),
        ]
        for (index, back) in backs.enumerated() {
            // Each way back is served.
            let path = ["/oauth/oidc/login/callback", "/api/v1/auths/oauth/oidc/callback"][index]
            let page = try await browser.get(back.replacing("/oauth/oidc/callback", with: path))
            #expect(page.location == "/auth", "\(martlet.log)")
        }
        await martlet.stop()
    }
}
