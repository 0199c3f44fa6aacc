import Testing

@testable import Identity

@Suite("OAuth: login states in the browser's cookie")
struct LoginStateTests {
    private let seal = LoginStateSeal(secretKey: Array("key".utf8))

    private func state(_ name: String, expiresAt: Int64 = 100) -> LoginState {
        LoginState(
            provider: "oidc", state: name, nonce: "n", verifier: nil, redirectURI: "https://h/cb", expiresAt: expiresAt)
    }

    @Test("they come back, also to another process with the same secret key")
    func roundTrip() throws {
        let states = [state("a"), state("b")]
        let cookie = try seal.close(states)
        #expect(cookie.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ";") })
        #expect(LoginStateSeal(secretKey: Array("key".utf8)).open(cookie, now: 1) == states)
    }

    @Test("they are read by nobody who has the cookie, and by no other key")
    func secret() throws {
        let cookie = try seal.close([state("very-secret-state")])
        #expect(!String(decoding: Base64URL.decode(cookie) ?? [], as: UTF8.self).contains("very-secret-state"))
        #expect(LoginStateSeal(secretKey: Array("other".utf8)).open(cookie, now: 1) == [])
    }

    @Test("an expired one is gone")
    func expiry() throws {
        let cookie = try seal.close([state("old", expiresAt: 100), state("new", expiresAt: 101)])
        #expect(seal.open(cookie, now: 100).map(\.state) == ["new"])
    }

    @Test(
        "anything else is no state", arguments: ["", "x", "AAAA", String(repeating: "A", count: 100_000), "a;b", "ü"])
    func garbage(_ cookie: String) { #expect(seal.open(cookie, now: 1) == []) }

    @Test("no changed byte goes unnoticed")
    func tampering() throws {
        let cookie = Array(try seal.close([state("a")]).utf8)
        for index in cookie.indices.dropLast() {
            var changed = cookie
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(seal.open(String(decoding: changed, as: UTF8.self), now: 1) == [])
        }
    }
}
