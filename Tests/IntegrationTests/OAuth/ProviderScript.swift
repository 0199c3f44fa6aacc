import Contracts
import Crypto
import CryptoExtras
import FoundationEssentials

/// What a `ProviderStub` does.
struct ProviderScript: Sendable {
    /// In the key set.
    var published = [ProviderKey.first]
    /// Signs ID tokens.
    var signer = ProviderKey.first
    /// Of ID tokens, beside `iss`, `aud`, `exp`, `iat` and `nonce`; null takes one away.
    var claims: [String: JSONValue] = [
        "sub": .string("s-1"), "email": .string("ada@example.org"), "name": .string("Ada"),
    ]
    /// Added to the head of ID tokens; null takes away.
    var head: [String: JSONValue] = [:]
    /// What is done to a finished ID token.
    var forge: (@Sendable (String) -> String)?
    var userinfo: [String: JSONValue] = [:]
    var emails: [JSONValue] = []
    var picture: [UInt8] = []
    var metadata: [String: JSONValue] = [:]
    /// Added to the answer of the token endpoint.
    var tokenAnswer: [String: JSONValue] = [:]
    var givesIDToken = true
    /// Of a tool server, its metadata, and what registers clients.
    var challenge = "Bearer"
    var resource: JSONValue = .object([:])
    var registration: JSONValue = .object(["client_id": .string("c-1"), "client_secret": .string("s-1")])
    var registrationStatus = 201
    /// In place of a code, in the query of the callback.
    var callback: [String: String]?
    var refreshTokens: Set<String> = []
    /// Routes that never answer, answer a status only, or a text in place of JSON.
    var hanging: Set<String> = []
    var failing: [String: Int] = [:]
    var garbage: [String: String] = [:]

    func idToken(issuer: String, nonce: String?, now: Int64) -> String {
        var payload: [String: JSONValue] = [
            "iss": .string(issuer), "aud": .string("martlet"), "exp": .integer(now + 600), "iat": .integer(now),
        ]
        payload["nonce"] = nonce.map(JSONValue.string)
        payload = payload.merging(claims) { $1 }.filter { $0.value != .null }
        let head = ["alg": .string(signer.algorithm), "kid": .string(signer.id), "typ": .string("JWT")]
            .merging(self.head) { $1 }.filter { $0.value != .null }
        let token = signer.sign(head, payload)
        return forge?(token) ?? token
    }
}

/// A key of the stub's.
struct ProviderKey: Sendable {
    enum Secret: Sendable {
        case elliptic(P256.Signing.PrivateKey)
        case rsa(_RSA.Signing.PrivateKey)
    }

    var id: String
    let secret: Secret

    static let first = ProviderKey(id: "key-1", secret: .elliptic(P256.Signing.PrivateKey()))
    static let second = ProviderKey(id: "key-2", secret: .elliptic(P256.Signing.PrivateKey()))

    static func rsa(_ id: String) throws -> ProviderKey {
        ProviderKey(id: id, secret: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)))
    }

    var algorithm: String {
        switch secret {
        case .elliptic: "ES256"
        case .rsa: "RS256"
        }
    }

    /// The public key, as a member of a key set.
    var document: JSONValue {
        var members: [String: JSONValue] = ["kid": .string(id), "use": .string("sig"), "alg": .string(algorithm)]
        switch secret {
        case .elliptic(let key):
            let point = key.publicKey.rawRepresentation
            members["kty"] = .string("EC")
            members["crv"] = .string("P-256")
            members["x"] = .string(Self.base64URL(point.prefix(32)))
            members["y"] = .string(Self.base64URL(point.suffix(32)))
        case .rsa(let key):
            let primitives = try? key.publicKey.getKeyPrimitives()
            members["kty"] = .string("RSA")
            members["n"] = .string(Self.base64URL(primitives?.modulus ?? Data()))
            members["e"] = .string(Self.base64URL(primitives?.publicExponent ?? Data()))
        }
        return .object(members)
    }

    func sign(_ head: [String: JSONValue], _ payload: [String: JSONValue]) -> String {
        let text = Self.unsigned(head, payload)
        let signature: Data? =
            switch secret {
            case .elliptic(let key): try? key.signature(for: Data(text.utf8)).rawRepresentation
            case .rsa(let key): try? key.signature(for: Data(text.utf8), padding: .insecurePKCS1v1_5).rawRepresentation
            }
        return text + "." + Self.base64URL(signature ?? Data())
    }

    static func unsigned(_ head: [String: JSONValue], _ payload: [String: JSONValue]) -> String {
        base64URL(JSONValue.object(head).encoded.utf8) + "." + base64URL(JSONValue.object(payload).encoded.utf8)
    }

    static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
