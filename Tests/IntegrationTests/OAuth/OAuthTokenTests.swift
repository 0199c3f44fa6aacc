import Contracts
import Crypto
import FoundationEssentials
import Testing

/// ID tokens that are not what they must be, and keys that change.
@Suite("OAuth: ID tokens and keys")
struct OAuthTokenTests {
    /// One sign-in: where the browser ends up, and whether it has a session.
    private func signIn(_ martlet: Martlet, _ browser: Browser = Browser()) async throws -> Bool {
        let back = try await browser.get(try await martlet.login(browser))
        let page = try await browser.get(try #require(back.location))
        #expect(page.status == 307)
        let isIn = page.location == "/auth"
        #expect(isIn || page.location?.hasPrefix("/auth?error=") == true)
        #expect((browser.cookies(martlet.base)["token"] != nil) == isIn)
        return isIn
    }

    @Test("no forged, foreign or stale ID token is taken, however it is made")
    func forged() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(provider: stub.url)
        let url = stub.url
        let good = ProviderScript()
        #expect(try await signIn(martlet))
        for (what, script) in try Self.attacks(url) {
            stub.change { $0 = script }
            #expect(try await !signIn(martlet), "\(what)")
        }
        for (what, script) in Self.fine(url) {
            stub.change { $0 = script }
            #expect(try await signIn(martlet), "\(what): \(martlet.log)")
        }
        stub.change { $0 = good }
        #expect(try await signIn(martlet))
        await martlet.stop()
        await stub.stop()
    }

    private static func claims(_ claims: [String: JSONValue]) -> ProviderScript {
        var script = ProviderScript()
        script.claims.merge(claims) { $1 }
        return script
    }

    private static func forging(_ forge: @escaping @Sendable (String) -> String) -> ProviderScript {
        var script = ProviderScript()
        script.forge = forge
        return script
    }

    /// The payload of a token under another head, signed by nobody or with a shared secret.
    private static func unsigned(_ token: String, _ head: [String: JSONValue]) -> String {
        let payload = token.split(separator: ".")[1]
        return ProviderKey.base64URL(JSONValue.object(head).encoded.utf8) + "." + payload
    }

    private static func attacks(_ url: String) throws -> [(String, ProviderScript)] {
        let now = Int64(Date().timeIntervalSince1970)
        let key = SymmetricKey(data: Data(ProviderKey.first.document.encoded.utf8))
        var scripts: [(String, ProviderScript)] = [
            ("alg none", forging { unsigned($0, ["alg": .string("none")]) + "." }),
            (
                "alg None with a signature",
                forging { token in
                    unsigned(token, ["alg": .string("None"), "kid": .string("key-1")]) + "."
                        + token.split(separator: ".")[2]
                }
            ),
            (
                "HS256 with the public key",
                forging { token in
                    let text = unsigned(token, ["alg": .string("HS256"), "kid": .string("key-1")])
                    return text + "."
                        + ProviderKey.base64URL(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
                }
            ),
            (
                "another payload",
                forging { token in
                    let parts = token.split(separator: ".").map(String.init)
                    let payload = #"{"iss":"x","sub":"s-2"}"#
                    return [parts[0], ProviderKey.base64URL(payload.utf8), parts[2]].joined(separator: ".")
                }
            ),
            ("no signature", forging { $0.split(separator: ".").prefix(2).joined(separator: ".") + "." }),
            ("two parts", forging { $0.split(separator: ".").prefix(2).joined(separator: ".") }),
            ("five parts", forging { $0 + ".a.b" }), ("no token", forging { _ in "" }),
            ("not base64", forging { "%" + $0.dropFirst() }),
            ("longer than allowed", forging { $0 + String(repeating: "A", count: 70_000) }),
        ]
        for (name, value) in [
            ("iss", JSONValue.string(url + "/")), ("iss", .null), ("aud", .string("other")), ("aud", .array([])),
            ("aud", .null), ("aud", .array([.string("martlet"), .string("other")])), ("azp", .string("other")),
            ("exp", .integer(now - 100)), ("exp", .null), ("exp", .string("9999999999")), ("exp", .number(1e300)),
            ("iat", .integer(now + 300)), ("iat", .null), ("nbf", .integer(now + 300)), ("nbf", .string("x")),
            ("sub", .null), ("sub", .string("")), ("sub", .integer(7)), ("nonce", .null), ("nonce", .string("x")),
            ("at_hash", .string("AAAAAAAAAAAAAAAAAAAAAA")),
        ] { scripts.append(("\(name) \(value)", claims([name: value]))) }
        var script = ProviderScript()
        script.signer = ProviderKey(id: "key-1", secret: ProviderKey.second.secret)
        scripts.append(("another key under the same id", script))
        script = ProviderScript()
        script.head = ["crit": .array([.string("exp")])]
        scripts.append(("an extension that must be understood", script))
        script = ProviderScript()
        script.signer = try ProviderKey.rsa("key-1")
        scripts.append(("RS256 for an EC key", script))
        script = ProviderScript()
        script.givesIDToken = false
        scripts.append(("no ID token", script))
        return scripts
    }

    private static func fine(_ url: String) -> [(String, ProviderScript)] {
        let hash = ProviderKey.base64URL(SHA256.hash(data: Data("at-1".utf8)).prefix(16))
        let now = Int64(Date().timeIntervalSince1970)
        var withoutID = ProviderScript()
        withoutID.head = ["kid": .null]
        return [
            (
                "for this client among others",
                claims(["aud": .array([.string("x"), .string("martlet")]), "azp": .string("martlet")])
            ),
            ("with the access token's hash", claims(["at_hash": .string(hash)])),
            (
                "a clock that is a little wrong",
                claims(["iat": .integer(now + 30), "exp": .integer(now - 30), "nbf": .integer(now + 30)])
            ),
            ("times with fractions", claims(["exp": .number(Double(now) + 100.5)])), ("no key id", withoutID),
        ]
    }

    @Test("keys are rotated: an unknown one is fetched at once, but not again and again")
    func rotation() async throws {
        let stub = try await ProviderStub.start()
        let martlet = try await Martlet.start(provider: stub.url)
        for _ in 0..<2 { #expect(try await signIn(martlet)) }
        #expect(stub.requests("/jwks") == 1 && stub.requests("/.well-known/openid-configuration") == 1)
        let rsa = try ProviderKey.rsa("key-3")
        stub.change {
            $0.published = [.second, rsa]
            $0.signer = .second
        }
        #expect(try await signIn(martlet))
        #expect(stub.requests("/jwks") == 2)
        // Both of the new ones are known, and the old one is not any more.
        stub.change { $0.signer = rsa }
        #expect(try await signIn(martlet))
        stub.change { $0.signer = .first }
        for _ in 0..<5 { #expect(try await !signIn(martlet)) }
        #expect(stub.requests("/jwks") == 2)
        await martlet.stop()
        await stub.stop()
    }

    @Test("keys that cannot be used are passed over")
    func oddKeys() async throws {
        let stub = try await ProviderStub.start()
        let odd =
            #"{"kty":"oct","k":"AAAA","kid":"key-1"},{"kty":"EC","crv":"secp256k1","kid":"key-1","x":"A","y":"A","alg":"ES256K"},{"kty":"RSA","use":"enc","kid":"key-1","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","kid":"key-1","x":"AAAA","y":"AAAA"},{"kty":"RSA","kid":"key-1","alg":"RSA-OAEP-256"},7,null,{}"#
        let keys = "{\"keys\":[\(odd),\(ProviderKey.first.document.encoded)]}"
        stub.change { $0.garbage["/jwks"] = keys }
        let martlet = try await Martlet.start(provider: stub.url)
        #expect(try await signIn(martlet), "\(martlet.log)")
        await martlet.stop()
        await stub.stop()
    }
}
