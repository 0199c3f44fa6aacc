import Testing

@testable import Identity

@Suite("OAuth: Fernet")
struct FernetTests {
    /// The vectors of the Fernet specification (generate.json, verify.json, invalid.json) have this key.
    private static let secret = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
    private static let token =
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="

    @Test("the specification's token is made and read")
    func vector() throws {
        let fernet = try #require(Fernet(secret: Self.secret))
        let made = try fernet.encrypt(Array("hello".utf8), now: 499_162_800, vector: Array(0..<16))
        #expect(made == Self.token)
        #expect(fernet.decrypt(Self.token) == Array("hello".utf8))
    }

    @Test(
        "the specification's invalid tokens are refused",
        arguments: [
            // Incorrect MAC, too short, not base64, not whole blocks, wrong padding, wrong vector.
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==",
            "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
            "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
            "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
            "",
        ])
    func invalid(_ token: String) throws {
        #expect(try #require(Fernet(secret: Self.secret)).decrypt(token) == nil)
    }

    @Test("a secret of another length is hashed to a key; one of 44 characters must be a key")
    func secrets() throws {
        for secret in ["t0p-s3cr3t", "", String(repeating: "x", count: 43), "geheim-ü"] {
            let fernet = try #require(Fernet(secret: secret))
            let token = try fernet.encrypt([1, 2, 3], now: 0)
            #expect(Fernet(secret: secret)?.decrypt(token) == [1, 2, 3])
            #expect(Fernet(secret: secret + "y")?.decrypt(token) == nil)
        }
        #expect(Fernet(secret: String(repeating: "x", count: 44)) == nil)
        #expect(Fernet(secret: String(repeating: "ü", count: 44)) == nil)
    }

    @Test("no changed byte of a token goes unnoticed")
    func tampering() throws {
        let fernet = try #require(Fernet(secret: "secret"))
        let token = Array(try fernet.encrypt(Array("a provider's token".utf8), now: 1).utf8)
        for index in token.indices.dropLast(2) {
            var changed = token
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(fernet.decrypt(String(decoding: changed, as: UTF8.self)) == nil)
        }
    }
}
