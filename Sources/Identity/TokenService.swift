import FoundationEssentials
import JWTKit

/// Why a token was refused, or none can be made.
public enum TokenError: Error, Sendable, Equatable {
    case expired
    /// Malformed, or signed with another key.
    case invalid
    /// No secret key is configured.
    case emptyKey
}

/// What a session token says. Nothing else is in it: no `iss`, `aud` or `sub`.
public struct SessionClaims: Sendable, Equatable {
    /// The user's id.
    public let id: String
    /// Unique per token; empty in one made by other programs without it.
    public let jti: String
    /// Epoch seconds; nil if it does not expire.
    public let exp: Int64?
    /// `iat` in epoch milliseconds; 0 in a token of Open WebUI, which does not say it.
    public let issuedAt: Int64
}

/// Makes and checks session tokens: JWT with HS256, interchangeable with Open WebUI's.
public final class TokenService: Sendable {
    private static let maximumLength = 8_192
    /// What jwt-kit asks of an HS256 key.
    private static let minimumKeyLength = 32

    private let keys: Task<JWTKeyCollection, Never>

    /// - Throws: `TokenError.emptyKey`.
    public init(secretKey: [UInt8]) throws(TokenError) {
        guard !secretKey.isEmpty else { throw .emptyKey }
        // HMAC fills a key up to its block with zeros, so these change no signature: jwt-kit refuses short keys.
        let padding = [UInt8](repeating: 0, count: max(0, Self.minimumKeyLength - secretKey.count))
        let key = HMACKey(from: secretKey + padding)
        keys = Task {
            let keys = JWTKeyCollection()
            await keys.add(hmac: key, digestAlgorithm: .sha256)
            return keys
        }
    }

    /// A new token for a user.
    /// - Parameters:
    ///   - now: epoch seconds.
    ///   - issuedAt: epoch milliseconds; nil: `now`.
    /// - Returns: the token and its expiry in epoch seconds.
    public func issue(
        userID: String, expiry: JWTExpiry, now: Int64, issuedAt: Int64? = nil
    ) async throws(TokenError) -> (token: String, expiresAt: Int64?) {
        let expiresAt: Int64? =
            switch expiry {
            case .never: nil
            case .after(let seconds): now + Int64(seconds.rounded(.up))
            }
        let payload = SessionPayload(
            id: userID, jti: UUID().uuidString.lowercased(), exp: expiresAt,
            iat: Double(issuedAt ?? now * 1_000) / 1_000)
        do {
            return (try await keys.value.sign(payload), expiresAt)
        } catch {
            throw .invalid
        }
    }

    /// - Parameter now: epoch seconds; a token is expired from the second of its `exp` on.
    public func verify(_ token: String, now: Int64) async throws(TokenError) -> SessionClaims {
        guard token.utf8.count <= Self.maximumLength else { throw .invalid }
        let payload: SessionPayload
        do {
            payload = try await keys.value.verify(token, as: SessionPayload.self)
        } catch {
            throw .invalid
        }
        if let exp = payload.exp, exp <= now { throw .expired }
        return SessionClaims(
            id: payload.id, jti: payload.jti ?? "", exp: payload.exp, issuedAt: payload.issuedAt)
    }
}

private struct SessionPayload: JWTPayload {
    let id: String
    let jti: String?
    let exp: Int64?
    /// With a fraction: sessions that ended in the same second as another began are told apart.
    let iat: Double?

    enum CodingKeys: CodingKey { case id, jti, exp, iat }

    var issuedAt: Int64 { iat.flatMap { Int64(exactly: ($0 * 1_000).rounded()) } ?? 0 }

    init(id: String, jti: String, exp: Int64?, iat: Double) {
        self.iat = iat
        self.id = id
        self.jti = jti
        self.exp = exp
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        jti = try container.decodeIfPresent(String.self, forKey: .jti)
        iat = try container.decodeIfPresent(Double.self, forKey: .iat)
        // A NumericDate may have a fraction (RFC 7519, section 2).
        let date = try container.decodeIfPresent(Double.self, forKey: .exp)
        exp = try date.map { date in
            guard let seconds = Int64(exactly: date.rounded(.down)) else { throw TokenError.invalid }
            return seconds
        }
    }

    /// The expiry is checked by `TokenService`, against its caller's clock.
    func verify(using algorithm: some JWTAlgorithm) {}
}
