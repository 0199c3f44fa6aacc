import Contracts

/// The head of a signed token (RFC 7515, section 4), before anything of it is trusted.
struct TokenHeader: Sendable, Equatable {
    /// Longer tokens are refused.
    static let lengthLimit = 64 * 1024

    let algorithm: String
    let keyID: String?

    /// Nil unless it is a JWS in compact form, signed in a way that is accepted. Extensions that must be understood
    /// (`crit`) are not.
    init?(_ token: String) {
        guard token.utf8.count <= Self.lengthLimit else { return nil }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[1].isEmpty, !parts[2].isEmpty, let bytes = Base64URL.decode(parts[0]),
            let document = try? JSONValue(json: bytes), document.isObject, document["crit"] == nil,
            let algorithm = document["alg"]?.text, SigningKey.algorithms[algorithm] != nil
        else { return nil }
        self.algorithm = algorithm
        keyID = document["kid"]?.text
    }
}
