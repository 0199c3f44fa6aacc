/// Texts that nobody guesses: for states, nonces and code verifiers.
enum RandomText {
    /// 256 bits as base64url: 43 characters, what RFC 7636 asks of a code verifier (section 4.1).
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64URL.encode((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}

/// Compares secrets in a time that does not tell where they differ.
enum Secrets {
    static func areEqual(_ left: String, _ right: String) -> Bool {
        Crypt.isEqual(Array(left.utf8), Array(right.utf8))
    }
}
