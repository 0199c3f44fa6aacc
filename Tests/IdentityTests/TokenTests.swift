import Foundation
import Testing

@testable import Identity

@Suite("Session tokens and their expiry")
struct TokenTests {
    let tokens: TokenService
    /// Header and payload of a token that a running Open WebUI gave out.
    static let recorded =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6ImQ4MWI5YzNjLTM0YjYtNGU1Mi1hODMzLWMxMTc5MjM5NjQxYSIsImV4cC"
        + "I6MTc5NzgzMzE1OSwianRpIjoiZTBiMmFlNzMtMzk2MS00OGI2LTg3ZTUtNTM3NTM3MTA4N2I0In0"

    init() throws { tokens = try TokenService(secretKey: Array("t0p-s3cr3t".utf8)) }

    static func part(_ token: String, _ index: Int) throws -> [String: String] {
        var base64 = String(token.split(separator: ".")[index]).replacing("-", with: "+").replacing("_", with: "/")
        while base64.count % 4 != 0 { base64 += "=" }
        let data = try #require(Data(base64Encoded: base64))
        let object = try JSONDecoder().decode([String: AnyText].self, from: data)
        return object.mapValues(\.text)
    }

    struct AnyText: Decodable {
        let text: String
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            text = try (try? container.decode(String.self)) ?? String(container.decode(Int64.self))
        }
    }

    @Test("a token has exactly the claims id, jti, exp, iat and the header HS256, JWT")
    func claims() async throws {
        let issued = try await tokens.issue(userID: "u1", expiry: .after(60), now: 1_000)
        #expect(issued.expiresAt == 1_060)
        #expect(try Self.part(issued.token, 0) == ["alg": "HS256", "typ": "JWT"])
        let payload = try Self.part(issued.token, 1)
        #expect(payload.keys.sorted() == ["exp", "iat", "id", "jti"])
        #expect(payload["id"] == "u1" && payload["exp"] == "1060" && payload["iat"] == "1000")
        #expect(UUID(uuidString: payload["jti"] ?? "") != nil)
        let claims = try await tokens.verify(issued.token, now: 1_059)
        #expect(claims == SessionClaims(id: "u1", jti: payload["jti"] ?? "", exp: 1_060, issuedAt: 1_000_000))
    }

    @Test("a token without expiry has no exp and holds for ever")
    func never() async throws {
        let issued = try await tokens.issue(userID: "u1", expiry: .never, now: 1_000)
        #expect(issued.expiresAt == nil)
        #expect(try Self.part(issued.token, 1).keys.sorted() == ["iat", "id", "jti"])
        #expect(try await tokens.verify(issued.token, now: .max).exp == nil)
    }

    @Test("a token is expired from the second of its exp on")
    func expired() async throws {
        let token = try await tokens.issue(userID: "u1", expiry: .after(60), now: 1_000).token
        await #expect(throws: TokenError.expired) { try await tokens.verify(token, now: 1_060) }
    }

    @Test("a token signed as PyJWT does it, with a key shorter than jwt-kit takes, is read")
    func foreign() async throws {
        // jwt.encode({"id": "u1", "jti": "j1", "exp": 2000000000}, "t0p-s3cr3t", algorithm="HS256")
        let token =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6InUxIiwianRpIjoiajEiLCJleHAiOjIwMDAwMDAwMDB9."
            + "AnciPTJLz1WrQyMbrn7CdivgSHMD36vq5om6pCZJ5l4"
        #expect(
            try await tokens.verify(token, now: 1_000)
                == SessionClaims(id: "u1", jti: "j1", exp: 2_000_000_000, issuedAt: 0))
    }

    @Test("another key, another algorithm, no signature, or a changed payload is invalid")
    func invalid() async throws {
        let token = try await tokens.issue(userID: "u1", expiry: .after(60), now: 1_000).token
        let other = try TokenService(secretKey: Array("another".utf8))
        await #expect(throws: TokenError.invalid) { try await other.verify(token, now: 1_000) }
        let parts = token.split(separator: ".")
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
        for forged in [
            "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", "\(none).\(parts[1]).",
            "\(none).\(parts[1]).\(parts[2])",
            "\(parts[0]).\(parts[1])x.\(parts[2])", "\(token)x", "\(Self.recorded).\(parts[2])",
            "", ".", "..", "...", "null", "undefined", "sk-x", String(repeating: "a", count: 100_000),
            "\(parts[0]).\(parts[1]).\(parts[2]).\(parts[2])", "\0", "☂.☂.☂",
        ] {
            await #expect(throws: TokenError.invalid) { try await tokens.verify(forged, now: 1_000) }
        }
    }

    @Test("every changed byte of a token makes it invalid")
    func mutations() async throws {
        let token = Array(try await tokens.issue(userID: "u1", expiry: .never, now: 1_000).token.utf8)
        // Not the last: it has bits that base64 ignores.
        for index in token.indices.dropLast() {
            var changed = token
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let text = String(decoding: changed, as: UTF8.self)
            await #expect(throws: TokenError.invalid) { try await tokens.verify(text, now: 1_000) }
        }
    }

    @Test("an empty key is refused")
    func emptyKey() {
        #expect(throws: TokenError.emptyKey) { try TokenService(secretKey: []) }
        #expect(throws: TokenError.emptyKey) { try IdentitySettingsStore(IdentitySettings(secretKey: [])) }
    }

    @Test(
        "expiry texts",
        arguments: [
            ("4w", 2_419_200), ("1h30m", 5_400), ("1h 30m", 5_400), ("0.5d", 43_200), ("90s", 90), ("1500ms", 1.5),
            ("1w2d3h4m5s6ms", 788_645.006),
        ] as [(String, Double)])
    func expiry(text: String, seconds: Double) throws {
        guard case .after(let parsed) = try #require(JWTExpiry.parse(text)) else {
            Issue.record("never")
            return
        }
        #expect(abs(parsed - seconds) < 0.001)
    }

    @Test("-1 and 0 mean never")
    func expiryNever() {
        #expect(JWTExpiry.parse("-1") == .never)
        #expect(JWTExpiry.parse("0") == .never)
    }

    @Test(
        "texts that are no expiry",
        arguments: [
            "", " ", "4", "w", "4 w", "4x", "-5m", "0s", "1.h", ".5h", "1e3s", "١h", "4w4", "--1s", "200y", "9999999w",
            String(repeating: "9", count: 400) + "w", "4W", "4w;", "NaNs", "infs",
        ])
    func noExpiry(text: String) {
        #expect(JWTExpiry.parse(text) == nil)
    }

    @Test("the admin endpoint takes one pair only")
    func single() {
        #expect(JWTExpiry.parse("4w", single: true) == .after(2_419_200))
        #expect(JWTExpiry.parse("1h30m", single: true) == nil)
        #expect(JWTExpiry.parse("4w ", single: true) == nil)
        #expect(JWTExpiry.parse("-1", single: true) == .never)
    }
}
