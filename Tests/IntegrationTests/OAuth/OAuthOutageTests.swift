import Contracts
import FoundationEssentials
import Testing

/// Providers that are away or slow, and what people may aim at this server over them.
@Suite("OAuth: outages and attacks")
struct OAuthOutageTests {
    @Test("a provider that is down fails its sign-ins at once, and is asked again when it is back")
    func down() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(provider: stub.url)
        let token = try await martlet.signUp("ada")
        await stub.stop()
        let page = try await Browser().get(martlet.base + "/oauth/oidc/login")
        #expect(page.status == 307 && page.location?.hasPrefix("/auth?error=") == true)
        #expect(try await martlet.get("/api/v1/auths/", token: token).status == 200)
        #expect(martlet.log.contains("refused"))
        await martlet.stop()
    }

    @Test("with a provider that hangs nobody else waits, sign-ins end in time, and too many are refused at once")
    func slow() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(provider: stub.url, ["OAUTH_TIMEOUT": "3"])
        let token = try await martlet.signUp("ada")
        _ = try await martlet.login(Browser())
        stub.change { $0.hanging = ["/token"] }
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<160 {
                group.addTask {
                    let browser = Browser()
                    let back = try await browser.get(try await martlet.login(browser))
                    let page = try await browser.get(try #require(back.location))
                    #expect(page.status == 307 && page.location?.hasPrefix("/auth?error=") == true)
                    return page.location?.contains("busy") == true
                }
            }
            try await eventually("requests hang at the provider") { stub.requests("/token") >= 60 }
            for _ in 0..<20 {
                let asked = ContinuousClock.now
                #expect(try await martlet.get("/api/v1/auths/", token: token).status == 200)
                #expect(asked.duration(to: .now) < .seconds(2))
            }
            var refused = 0
            for try await isBusy in group where isBusy { refused += 1 }
            #expect(refused > 0 && refused < 100)
        }
        #expect(started.duration(to: .now) < .seconds(30))
        stub.change { $0.hanging = [] }
        let browser = Browser()
        let back = try await browser.get(try await martlet.login(browser))
        #expect(try await browser.get(try #require(back.location)).location == "/auth")
        let status = try await martlet.status()
        #expect(status.daemons.allSatisfy { $0.restarts == 0 })
        await martlet.stop()
        await stub.stop()
    }

    @Test("nothing that a link may carry leads elsewhere, or into a header")
    func redirects() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(provider: stub.url)
        let evil = "https%3A%2F%2Fevil.example%2F%0d%0aSet-Cookie%3A%20x%3Dy"
        for name in ["redirect", "redirect_uri", "redirect_url", "next", "return_to", "state", "client_id"] {
            let location = try await martlet.login(Browser(), "/oauth/oidc/login?\(name)=\(evil)")
            #expect(location.hasPrefix(stub.url + "/authorize?") && !location.contains("evil"))
            let asked = query(location)
            #expect(asked["redirect_uri"] == martlet.base + "/oauth/oidc/callback" && asked["client_id"] == "martlet")
        }
        let browser = Browser()
        let back = try #require(try await browser.get(try await martlet.login(browser)).location)
        let page = try await browser.get(back + "&redirect=\(evil)&next=\(evil)")
        #expect(page.location == "/auth")
        for path in [
            "/oauth/evil%0d%0aSet-Cookie:%20x=y/login", "/oauth/%2e%2e%2fapi/login", "/oauth/google/login",
            "/oauth/OIDC/login", "/oauth/google/callback", "/oauth/x/login/callback?code=1&state=2",
        ] {
            let page = try await Browser().get(martlet.base + path)
            #expect(page.status == 404 && page.body == unknownProvider, "\(path): \(page.status)")
            #expect(page.setCookie("x") == nil)
        }
        for host in ["evil.example/x", "a b", "evil.example?", "evil.example#", "user@evil.example", "\"><script>"] {
            let page = try await Browser().get(martlet.base + "/oauth/oidc/login", headers: [("host", host)])
            #expect(page.location?.contains("evil") != true && page.status != 302, "\(host): \(page.status)")
        }
        let proxied = try await Browser().get(
            martlet.base + "/oauth/oidc/login",
            headers: [("x-forwarded-proto", "https"), ("x-forwarded-host", "evil.example")])
        #expect(query(proxied.location ?? "")["redirect_uri"] == martlet.base + "/oauth/oidc/callback")
        await martlet.stop()
        await stub.stop()
    }

    @Test("a picture's address may not lead into this host; the sign-in succeeds without it")
    func pictures() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(provider: stub.url, ["OAUTH_UPDATE_PICTURE_ON_LOGIN": "true"])
        let addresses = [
            stub.url + "/claimed-photo", "http://localhost:\(stub.port)/claimed-photo",
            "http://[::ffff:127.0.0.1]:\(stub.port)/claimed-photo", "file:///etc/passwd",
            "http://169.254.169.254/latest",
            "javascript:alert(1)", "", "\r\n",
        ]
        for address in addresses {
            stub.change {
                $0.claims["picture"] = .string(address)
                $0.picture = Self.png
            }
            let browser = Browser()
            let back = try await browser.get(try await martlet.login(browser))
            #expect(try await browser.get(try #require(back.location)).location == "/auth", "\(address)")
            #expect(try await martlet.session(browser)["profile_image_url"] == .string("/user.png"))
        }
        #expect(stub.requests("/claimed-photo") == 0)
        #expect(martlet.log.contains("forbiddenAddress"))
        await martlet.stop()
        await stub.stop()
    }

    private static let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]

    @Test("Microsoft: the directory is the token's own, its e-mails merge nothing, and its picture is taken over")
    func microsoft() async throws {
        let stub = try await ProviderStub.start()
        let tenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
        stub.change {
            $0.claims["tid"] = .string(tenant)
            $0.claims["iss"] = .string("\(stub.url)/\(tenant)/v2.0")
            $0.picture = Self.png
        }
        let martlet = try await Martlet.start(
            file: [
                "OLLAMA_BASE_URLS": "", "MICROSOFT_CLIENT_ID": "martlet", "MICROSOFT_CLIENT_SECRET": "s",
                "MICROSOFT_CLIENT_TENANT_ID": "common", "MICROSOFT_CLIENT_LOGIN_BASE_URL": stub.url,
                "MICROSOFT_CLIENT_PICTURE_URL": stub.url + "/photo", "ENABLE_OAUTH_SIGNUP": "true",
                "OAUTH_MERGE_ACCOUNTS_BY_EMAIL": "true",
            ])
        let admin = try await martlet.signUp("ada")
        func signIn() async throws -> (String?, Browser) {
            let browser = Browser()
            let back = try await browser.get(try await martlet.login(browser, "/oauth/microsoft/login"))
            return (try await browser.get(try #require(back.location)).location, browser)
        }
        // Any directory's administrator can write this e-mail.
        stub.change { $0.claims["email"] = .string("ada@test.example") }
        #expect(try await signIn().0?.contains("already%20registered") == true, "\(martlet.log)")
        stub.change { $0.claims["email"] = .string("una@example.org") }
        let (location, browser) = try await signIn()
        #expect(location == "/auth")
        let picture = "data:image/png;base64," + Data(Self.png).base64EncodedString()
        #expect(try await martlet.session(browser)["profile_image_url"] == .string(picture))
        // The provider says that it has verified the domain's owner.
        stub.change {
            $0.claims["email"] = .string("ada@test.example")
            $0.claims["sub"] = .string("s-2")
            $0.claims["xms_edov"] = .bool(true)
        }
        let (_, merged) = try await signIn()
        let id = try await martlet.get("/api/v1/auths/", token: admin).json["id"]
        #expect(try await martlet.session(merged)["id"] == id)
        for tid in ["evil", "../evil", ""] {
            stub.change { $0.claims["tid"] = .string(tid) }
            #expect(try await signIn().0?.contains("error") == true)
        }
        await martlet.stop()
        await stub.stop()
    }
}
