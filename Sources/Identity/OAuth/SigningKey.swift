import Contracts
import JWTKit

/// A public key that a provider signs ID tokens with (RFC 7517). Keys of other kinds are none of ours.
struct SigningKey: Sendable {
    /// Signatures that are accepted (RFC 7518, section 3.1): made with a private key, and nothing else. `none` is
    /// not among them, and neither are the HMACs, for which anybody could take the public key as the secret.
    static let algorithms: [String: (kind: String, curve: String?)] = [
        "RS256": ("RSA", nil), "RS384": ("RSA", nil), "RS512": ("RSA", nil),
        "PS256": ("RSA", nil), "PS384": ("RSA", nil), "PS512": ("RSA", nil),
        "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"),
        "EdDSA": ("OKP", "Ed25519"),
    ]
    /// Of base64url: 8,192 bits of modulus, and 2,048 (RFC 7518, section 3.3).
    private static let partLimit = 1_366
    private static let modulusMinimum = 342

    let id: String?
    private let kind: String
    private let algorithm: String?
    private let curve: String?
    private let parts: (first: String, second: String)

    /// Nil for a key that signs no ID tokens, or lacks something.
    init?(_ document: JSONValue) {
        func text(_ name: String) -> String? {
            document[name]?.text.flatMap { $0.utf8.count <= Self.partLimit ? $0 : nil }
        }
        guard let kind = text("kty"), ["sig", nil].contains(document["use"]?.text) else { return nil }
        self.kind = kind
        id = text("kid")
        algorithm = document["alg"]?.text
        curve = document["crv"]?.text
        let first = text(kind == "RSA" ? "n" : "x")
        let second = kind == "RSA" ? text("e") : kind == "EC" ? text("y") : ""
        guard let first, let second else { return nil }
        // Weak keys, and exponents that take long.
        if kind == "RSA", first.utf8.count < Self.modulusMinimum || second.utf8.count > 8 { return nil }
        parts = (first, second)
    }

    /// Whether a signature of this algorithm could be this key's.
    func fits(_ name: String) -> Bool {
        guard let wanted = Self.algorithms[name], wanted.kind == kind, algorithm == nil || algorithm == name else {
            return false
        }
        return wanted.curve == nil || wanted.curve == curve
    }

    /// The payload of a token whose signature is this key's; nil for any other.
    func verify(_ token: String, algorithm name: String) async -> Claims? {
        // jwt-kit finds keys by their id: this one is alone in its collection, and the token's id is not asked for.
        guard fits(name), let algorithm = JWK.Algorithm(rawValue: name) else { return nil }
        let id = JWKIdentifier(string: "key")
        let key: JWK =
            switch kind {
            case "RSA": .rsa(algorithm, identifier: id, modulus: parts.first, exponent: parts.second)
            case "EC":
                .ecdsa(
                    algorithm, identifier: id, x: parts.first, y: parts.second,
                    curve: curve.flatMap { ECDSACurve(rawValue: $0) })
            default: .octetKeyPair(algorithm, identifier: id, x: parts.first, y: nil, curve: .ed25519)
            }
        let keys = JWTKeyCollection()
        guard (try? await keys.add(jwk: key, isDefault: true)) != nil else { return nil }
        return try? await keys.verify(token, as: Payload.self).claims
    }

    private struct Payload: JWTPayload {
        let claims: Claims

        init(from decoder: any Decoder) throws {
            guard let claims = Claims(try JSONValue(from: decoder)) else {
                throw JWTError.malformedToken(reason: "the payload is no object")
            }
            self.claims = claims
        }

        func encode(to encoder: any Encoder) throws { try JSONValue.object(claims.members).encode(to: encoder) }

        /// What the claims must be is checked by `IDTokenVerifier`.
        func verify(using algorithm: some JWTAlgorithm) {}
    }
}
