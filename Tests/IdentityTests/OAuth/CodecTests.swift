import Testing

@testable import Identity

@Suite("OAuth: encodings")
struct CodecTests {
    @Test("a code challenge is what RFC 7636, appendix B, makes of its verifier")
    func challenge() {
        #expect(
            CodeChallenge.make("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
                == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test("verifiers are long enough, of the right characters, and never the same")
    func verifiers() {
        let made = Set((0..<1000).map { _ in RandomText.make() })
        #expect(made.count == 1000)
        #expect(made.allSatisfy { $0.utf8.count == 43 && Base64URL.decode($0)?.count == 32 })
    }

    @Test("base64url is undone, and nothing else is taken")
    func base64() {
        for length in 0..<70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 &+ length) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        #expect(Base64URL.encode([0xfb, 0xff]) == "-_8")
        for bad in ["a", "a===", "YQ==", "a b", "a+b/", "ä", "YWJj\n"] {
            #expect(Base64URL.decode(bad) == nil, "\(bad)")
        }
    }

    @Test("forms and queries are percent-encoded whole: nothing of a value becomes another parameter or a line")
    func forms() {
        #expect(
            FormEncoding.encode([("a b", "ü&=#+"), ("c", "\r\nx~-._")]) == "a%20b=%C3%BC%26%3D%23%2B&c=%0D%0Ax~-._")
        #expect(FormEncoding.adding([("a", "b")], to: "https://h/x") == "https://h/x?a=b")
        #expect(FormEncoding.adding([("a", "b")], to: "https://h/x?c=d#e") == "https://h/x?c=d&a=b")
        #expect(FormEncoding.adding([("a", "b")], to: "https://h/x?") == "https://h/x?a=b")
    }

    @Test("secrets are compared whole")
    func secrets() {
        #expect(Secrets.areEqual("abc", "abc") && Secrets.areEqual("", ""))
        #expect(!Secrets.areEqual("abc", "abd") && !Secrets.areEqual("abc", "ab") && !Secrets.areEqual("", "a"))
    }
}
