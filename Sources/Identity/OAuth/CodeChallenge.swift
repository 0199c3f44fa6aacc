import Crypto

/// Proof key for code exchange (RFC 7636): who redeems a code must know what its challenge was made of.
enum CodeChallenge {
    static let method = "S256"

    static func make(_ verifier: String) -> String {
        Base64URL.encode(SHA256.hash(data: Array(verifier.utf8)))
    }
}
