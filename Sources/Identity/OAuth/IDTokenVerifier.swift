import Contracts
import Crypto

/// Checks what OpenID Connect Core 1.0, section 3.1.3.7, asks of an ID token, its signature aside.
struct IDTokenVerifier: Sendable {
    /// Seconds by which clocks may differ.
    static let skew: Int64 = 60

    let issuer: String
    let clientID: String
    /// Nil where the login had none: a token that is exchanged.
    let nonce: String?
    /// The one that came with the ID token.
    let accessToken: String?
    let now: Int64

    /// - Parameter algorithm: of the token's signature: it says which hash `at_hash` is made with.
    /// - Throws: `OAuthError` for the first claim that is not as it must be.
    func check(_ claims: Claims, algorithm: String) throws(OAuthError) {
        guard issuer(for: claims) == claims.members["iss"]?.text else { throw refusal("iss") }
        try checkAudience(claims)
        guard let expiry = time("exp", claims), expiry + Self.skew > now else { throw refusal("exp") }
        guard let issued = time("iat", claims), issued - Self.skew <= now else { throw refusal("iat") }
        if claims.members["nbf"] != nil {
            guard let start = time("nbf", claims), start - Self.skew <= now else { throw refusal("nbf") }
        }
        guard let subject = claims.members["sub"]?.text, (1...255).contains(subject.utf8.count) else {
            throw refusal("sub")
        }
        if let nonce {
            guard let given = claims.members["nonce"]?.text, Secrets.areEqual(given, nonce) else {
                throw refusal("nonce")
            }
        }
        try checkAccessToken(claims, algorithm)
    }

    /// Microsoft's shared endpoints publish `…/{tenantid}/v2.0`: the directory is the token's own.
    private func issuer(for claims: Claims) -> String? {
        guard issuer.contains(Self.tenantMark) else { return issuer }
        guard let tenant = claims.members["tid"]?.text, tenant.utf8.count == 36,
            tenant.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || Self.isHexDigit($0) })
        else { return nil }
        return issuer.replacing(Self.tenantMark, with: tenant)
    }

    static let tenantMark = "{tenantid}"

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...102).contains(byte) || (65...70).contains(byte)
    }

    /// Meant for this client, and where it is meant for others too, asked for by this client.
    private func checkAudience(_ claims: Claims) throws(OAuthError) {
        let audience: [String] =
            switch claims.members["aud"] {
            case .string(let text): [text]
            case .array(let elements): elements.compactMap(\.text)
            default: []
            }
        guard audience.contains(clientID) else { throw refusal("aud") }
        let party = claims.members["azp"]?.text
        guard party == clientID || party == nil && audience == [clientID] else { throw refusal("azp") }
    }

    /// The left half of the hash (section 3.1.3.6), where the provider gives it.
    private func checkAccessToken(_ claims: Claims, _ algorithm: String) throws(OAuthError) {
        guard let accessToken, let given = claims.members["at_hash"]?.text else { return }
        let bytes = Array(accessToken.utf8)
        let hash: [UInt8] =
            switch algorithm.suffix(3) {
            case "256": Array(SHA256.hash(data: bytes))
            case "384": Array(SHA384.hash(data: bytes))
            default: Array(SHA512.hash(data: bytes))
            }
        guard Secrets.areEqual(given, Base64URL.encode(hash[..<(hash.count / 2)])) else { throw refusal("at_hash") }
    }

    /// A NumericDate may have a fraction (RFC 7519, section 2).
    private func time(_ name: String, _ claims: Claims) -> Int64? {
        claims.members[name]?.double.flatMap { Int64(exactly: $0.rounded(.down)) }.flatMap {
            // What is that far away is no time, and could not be reckoned with.
            abs($0) < 1 << 40 ? $0 : nil
        }
    }

    private func refusal(_ claim: String) -> OAuthError { OAuthError("the ID token's \(claim) is missing or wrong") }
}
