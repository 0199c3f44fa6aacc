import Contracts
import Crypto
import CryptoExtras
import Foundation
import Testing

@testable import Identity

@Suite("OAuth: keys of providers")
struct SigningKeyTests {
    /// A key pair for one algorithm: how it is published, and how it signs.
    private struct Pair: Sendable {
        var document: [String: JSONValue]
        var sign: @Sendable (Data) throws -> Data
    }

    private static func pair(_ algorithm: String) throws -> Pair {
        func point(_ curve: String, _ raw: Data) -> [String: JSONValue] {
            let half = raw.count / 2
            return [
                "kty": .string("EC"), "crv": .string(curve), "x": .string(Base64URL.encode(raw.prefix(half))),
                "y": .string(Base64URL.encode(raw.suffix(half))),
            ]
        }
        switch algorithm {
        case "ES256":
            let key = P256.Signing.PrivateKey()
            return Pair(document: point("P-256", key.publicKey.rawRepresentation)) {
                try key.signature(for: $0).rawRepresentation
            }
        case "ES384":
            let key = P384.Signing.PrivateKey()
            return Pair(document: point("P-384", key.publicKey.rawRepresentation)) {
                try key.signature(for: $0).rawRepresentation
            }
        case "ES512":
            let key = P521.Signing.PrivateKey()
            return Pair(document: point("P-521", key.publicKey.rawRepresentation)) {
                try key.signature(for: $0).rawRepresentation
            }
        case "EdDSA":
            let key = Curve25519.Signing.PrivateKey()
            let x = JSONValue.string(Base64URL.encode(key.publicKey.rawRepresentation))
            return Pair(document: ["kty": .string("OKP"), "crv": .string("Ed25519"), "x": x]) {
                try key.signature(for: $0)
            }
        default: return try rsa(algorithm)
        }
    }

    private static func rsa(_ algorithm: String) throws -> Pair {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let primitives = try key.publicKey.getKeyPrimitives()
        let document: [String: JSONValue] = [
            "kty": .string("RSA"), "n": .string(Base64URL.encode(primitives.modulus)),
            "e": .string(Base64URL.encode(primitives.publicExponent)),
        ]
        let padding = algorithm.hasPrefix("PS") ? _RSA.Signing.Padding.PSS : .insecurePKCS1v1_5
        return Pair(document: document) { data in
            switch algorithm.suffix(3) {
            case "256": try key.signature(for: SHA256.hash(data: data), padding: padding).rawRepresentation
            case "384": try key.signature(for: SHA384.hash(data: data), padding: padding).rawRepresentation
            default: try key.signature(for: SHA512.hash(data: data), padding: padding).rawRepresentation
            }
        }
    }

    private static func token(_ algorithm: String, _ pair: Pair) throws -> String {
        let head = #"{"alg":"\#(algorithm)","kid":"k"}"#
        let text = Base64URL.encode(head.utf8) + "." + Base64URL.encode(#"{"sub":"s"}"#.utf8)
        return text + "." + Base64URL.encode(try pair.sign(Data(text.utf8)))
    }

    @Test(
        "each accepted algorithm is verified, with and without alg in the key",
        arguments: SigningKey.algorithms.keys.sorted())
    func algorithms(_ algorithm: String) async throws {
        let pair = try Self.pair(algorithm)
        let token = try Self.token(algorithm, pair)
        let header = try #require(TokenHeader(token))
        #expect(header.algorithm == algorithm && header.keyID == "k")
        for alg in [nil, algorithm] {
            var document = pair.document
            document["alg"] = alg.map(JSONValue.string)
            let key = try #require(SigningKey(.object(document)))
            #expect(await key.verify(token, algorithm: algorithm)?.text("sub") == "s")
            for other in SigningKey.algorithms.keys where other != algorithm {
                #expect(await key.verify(token, algorithm: other) == nil, "\(other)")
            }
        }
        let foreign = try #require(SigningKey(.object(try Self.pair(algorithm).document)))
        #expect(await foreign.verify(token, algorithm: algorithm) == nil)
        var changed = Array(token.utf8)
        changed[changed.count / 2] ^= 1
        let key = try #require(SigningKey(.object(pair.document)))
        #expect(await key.verify(String(decoding: changed, as: UTF8.self), algorithm: algorithm) == nil)
    }

    @Test("a key is for one algorithm where it says so, and its curve must be the algorithm's")
    func fits() throws {
        let rsa = try Self.pair("RS256").document
        let elliptic = try Self.pair("ES256").document
        func fits(_ document: [String: JSONValue], _ more: [String: JSONValue], _ algorithm: String) -> Bool {
            SigningKey(.object(document.merging(more) { $1 }))?.fits(algorithm) ?? false
        }
        #expect(fits(rsa, [:], "PS512") && !fits(rsa, ["alg": .string("RS256")], "PS512"))
        #expect(fits(elliptic, [:], "ES256") && !fits(elliptic, [:], "ES384") && !fits(elliptic, [:], "RS256"))
        #expect(!fits(elliptic, ["crv": .string("P-384")], "ES256"))
        for name in ["none", "None", "HS256", "HS512", "ES256K", "RSA-OAEP", "", "dir"] {
            #expect(!fits(rsa, [:], name) && !fits(rsa, ["alg": .string(name)], name), "\(name)")
        }
    }

    @Test("weak, oversized and other keys are none")
    func unusable() throws {
        let rsa = try Self.pair("RS256").document
        let long = JSONValue.string(String(repeating: "A", count: 2_000))
        for change: [String: JSONValue] in [
            ["use": .string("enc")], ["kty": .string("oct")], ["kty": .null], ["n": .null], ["e": .null], ["n": long],
            ["n": .string(Base64URL.encode([UInt8](repeating: 0xff, count: 128)))],
            ["e": .string("AQABAQABAQAB")], ["kid": .integer(1), "kty": .integer(7)],
        ] { #expect(SigningKey(.object(rsa.merging(change) { $1 }))?.fits("RS256") != true, "\(change)") }
        #expect(SigningKey(.null) == nil && SigningKey(.string("x")) == nil)
    }

    @Test("a token's head decides nothing that is not accepted")
    func heads() {
        func token(_ head: String) -> String { Base64URL.encode(head.utf8) + ".e30.AA" }
        #expect(TokenHeader(token(#"{"alg":"RS256"}"#))?.keyID == nil)
        for head in [
            #"{"alg":"none"}"#, #"{"alg":"HS256"}"#, "{}", "[]", "", #"{"alg":7}"#, #"{"alg":"RS256","crit":[]}"#,
            #"{"alg":"rs256"}"#,
        ] { #expect(TokenHeader(token(head)) == nil, "\(head)") }
        let good = token(#"{"alg":"ES256"}"#)
        for bad in [
            good + ".", String(good.dropLast(2)), "." + good, good + "=.", String(repeating: "A", count: 70_000),
        ] {
            #expect(TokenHeader(bad) == nil)
        }
    }
}
