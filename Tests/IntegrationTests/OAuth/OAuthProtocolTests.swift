import Contracts
import FoundationEssentials
import Testing

/// The requests to a provider, and answers that are not what they should be.
@Suite("OAuth: the protocol")
struct OAuthProtocolTests {
    private func signIn(_ martlet: Martlet, _ browser: Browser = Browser()) async throws -> Browser.Page {
        let back = try await browser.get(try await martlet.login(browser))
        return try await browser.get(try #require(back.location, "\(back.status) \(back.body)"))
    }

    private func form(_ stub: ProviderStub) -> [String: String] { stub.state.withLock { $0.lastForm } }
    private func authorization(_ stub: ProviderStub) -> String? {
        stub.state.withLock { $0.lastTokenHeaders["authorization"] }
    }

    @Test("a code challenge is sent where the provider offers it, and always when it is configured")
    func codeChallenge() async throws {
        let stub = try await ProviderStub.start()
        let plain = try await Martlet.start(provider: stub.url)
        #expect(query(try await plain.login(Browser()))["code_challenge"] == nil)
        #expect(try await signIn(plain).location == "/auth" && form(stub)["code_verifier"] == nil)
        await plain.stop()
        let configured = try await Martlet.start(provider: stub.url, ["OAUTH_CODE_CHALLENGE_METHOD": "S256"])
        let asked = query(try await configured.login(Browser()))
        #expect(asked["code_challenge"]?.utf8.count == 43 && asked["code_challenge_method"] == "S256")
        // The stub checks the verifier.
        #expect(try await signIn(configured).location == "/auth" && form(stub)["code_verifier"]?.utf8.count == 43)
        await configured.stop()
        stub.change { $0.metadata["code_challenge_methods_supported"] = .array([.string("plain"), .string("S256")]) }
        let offered = try await Martlet.start(provider: stub.url)
        #expect(query(try await offered.login(Browser()))["code_challenge_method"] == "S256")
        #expect(try await signIn(offered).location == "/auth")
        await offered.stop()
        await stub.stop()
    }

    @Test("the client proves itself as the provider wants it, or as it is configured")
    func clientAuthentication() async throws {
        let stub = try await ProviderStub.start()
        let secret = "s/e c:r=t&"
        let basic = "Basic " + Data("martlet:s%2Fe%20c%3Ar%3Dt%26".utf8).base64EncodedString()
        let posting: [String: JSONValue] = [
            "token_endpoint_auth_methods_supported": .array([.string("client_secret_post")])
        ]
        let cases: [([String: String], [String: JSONValue], String?, String?, String?)] = [
            ([:], [:], basic, nil, nil),
            (["OAUTH_ACCESS_TOKEN_REQUEST_INCLUDE_CLIENT_ID": "true"], [:], basic, nil, "martlet"),
            ([:], posting, nil, secret, "martlet"),
            (["OAUTH_TOKEN_ENDPOINT_AUTH_METHOD": "client_secret_basic"], posting, basic, nil, nil),
            (["OAUTH_TOKEN_ENDPOINT_AUTH_METHOD": "client_secret_post"], [:], nil, secret, "martlet"),
            (["OAUTH_TOKEN_ENDPOINT_AUTH_METHOD": "none"], [:], nil, nil, "martlet"),
            (["OAUTH_CLIENT_SECRET": "", "OAUTH_CODE_CHALLENGE_METHOD": "S256"], [:], nil, nil, "martlet"),
        ]
        for (settings, metadata, header, inBody, id) in cases {
            stub.change { $0.metadata = metadata }
            let martlet = try await Martlet.start(
                provider: stub.url, ["OAUTH_CLIENT_SECRET": secret].merging(settings) { $1 })
            #expect(try await signIn(martlet).location == "/auth", "\(martlet.log)")
            #expect(authorization(stub) == header, "\(settings)")
            #expect(form(stub)["client_secret"] == inBody && form(stub)["client_id"] == id, "\(settings)")
            #expect(!martlet.log.contains(secret) && !martlet.log.contains("s%2Fe"))
            await martlet.stop()
        }
        await stub.stop()
    }

    @Test("userinfo completes the ID token, but only about the same account")
    func userinfo() async throws {
        let stub = try await ProviderStub.start()
        stub.change {
            $0.claims = ["sub": .string("s-1")]
            $0.userinfo = ["sub": .string("s-2"), "email": .string("admin@example.org")]
        }
        let martlet = try await Martlet.start(provider: stub.url)
        #expect(try await signIn(martlet).location != "/auth")
        #expect(martlet.log.contains("userinfo is of somebody else"))
        stub.change {
            $0.userinfo = ["sub": .string("s-1"), "email": .string("una@example.org"), "name": .string("Una")]
        }
        let browser = Browser()
        #expect(try await signIn(martlet, browser).location == "/auth")
        #expect(try await martlet.session(browser)["name"] == .string("Una"))
        await martlet.stop()
        await stub.stop()
    }

    @Test("an answer of another provider is not redeemed: iss (RFC 9207)")
    func issuer() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(provider: stub.url)
        stub.change { $0.callback = ["code": "c", "iss": "https://evil.example"] }
        #expect(try await signIn(martlet).location?.hasPrefix("/auth?error=") == true)
        #expect(stub.requests("/token") == 0)
        await martlet.stop()
        stub.change {
            $0.callback = ["code": "c"]
            $0.metadata["authorization_response_iss_parameter_supported"] = .bool(true)
        }
        let strict = try await Martlet.start(provider: stub.url)
        #expect(try await signIn(strict).location?.hasPrefix("/auth?error=") == true)
        #expect(stub.requests("/token") == 0)
        await strict.stop()
        await stub.stop()
    }

    @Test("what the provider refuses is logged in a word, and told vaguely")
    func refusals() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(provider: stub.url)
        let nasty = "access_denied\r\nSet-Cookie: a=b\" <script>"
        for callback in [
            ["error": nasty, "error_description": "secret details"], ["error": "x", "code": "c"], [:], ["code": ""],
        ] {
            stub.change { $0.callback = callback }
            let page = try await signIn(martlet)
            #expect(page.status == 307 && page.location?.hasPrefix("/auth?error=The%20email%20or%20password") == true)
            #expect(page.headers.allSatisfy { !$0.1.contains("denied") && !$0.1.contains("a=b") })
        }
        #expect(martlet.log.contains("access_deniedSet-Cookieabscript"))
        #expect(!martlet.log.contains("secret details"))
        await martlet.stop()
        await stub.stop()
    }

    @Test("documents and answers that are no JSON, too large, or broken fail that sign-in and nothing else")
    func garbage() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(provider: stub.url)
        let large = "{\"a\":\"\(String(repeating: "x", count: 2 << 20))\"}"
        let deep = String(repeating: "[", count: 100_000)
        let wrong = [
            "", "x", "[]", "null", "{}", "{\"access_token\":7}", large, deep, "{\"issuer\":\"x\"}", "{\"keys\":{}}",
        ]
        for text in wrong {
            stub.change { $0.garbage = ["/.well-known/openid-configuration": text] }
            let page = try await Browser().get(martlet.base + "/oauth/oidc/login")
            #expect(page.status == 307 && page.location?.hasPrefix("/auth?error=") == true, "\(text.prefix(30))")
        }
        for path in ["/jwks", "/token"] {
            for text in wrong {
                stub.change { $0.garbage = [path: text] }
                #expect(try await signIn(martlet).location?.hasPrefix("/auth?error=") == true, "\(path)")
            }
        }
        stub.change {
            $0.garbage = [:]
            $0.failing = ["/token": 500]
        }
        #expect(try await signIn(martlet).location?.hasPrefix("/auth?error=") == true)
        stub.change {
            $0.failing = [:]
            $0.tokenAnswer = ["access_token": .string("a\r\nb")]
        }
        #expect(try await signIn(martlet).location?.hasPrefix("/auth?error=") == true)
        stub.change { $0.tokenAnswer = ["token_type": .string("mac")] }
        #expect(try await signIn(martlet).location?.hasPrefix("/auth?error=") == true)
        stub.change { $0.tokenAnswer = [:] }
        #expect(try await signIn(martlet).location == "/auth")
        #expect(try await martlet.status()["api"]?.restarts == 0)
        await martlet.stop()
        await stub.stop()
    }

    @Test("login and callback may be answered by different servers with the same secret key, and over a restart")
    func otherProcess() async throws {
        let stub = try await ProviderStub.start()
        let shared = ["WEBUI_SECRET_KEY": "shared", "OPENID_REDIRECT_URI": "http://chat.example/oauth/oidc/callback"]
        let first = try await Martlet.start(provider: stub.url, shared)
        let second = try await Martlet.start(provider: stub.url, shared)
        let stranger = try await Martlet.start(provider: stub.url, shared.merging(["WEBUI_SECRET_KEY": "other"]) { $1 })
        for (target, isIn) in [(stranger, false), (second, true), (first, true)] {
            let browser = Browser()
            let back = try #require(try await browser.get(try await first.login(browser)).location)
            #expect(back.hasPrefix("http://chat.example/oauth/oidc/callback?"))
            let cookie = browser.cookies(first.base)["owui-session"]
            if target.base == first.base { #expect(try await first.run("restart", "api").code == 0) }
            browser.setCookie("owui-session", cookie, at: target.base)
            let page = try await browser.get(back.replacing("http://chat.example", with: target.base))
            #expect((page.location == "/auth") == isIn, "\(target.log)")
        }
        for martlet in [first, second, stranger] { await martlet.stop() }
        await stub.stop()
    }
}
