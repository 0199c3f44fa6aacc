import Contracts
import Logging

/// What the providers publish: endpoints and keys.
struct ProviderDirectory: Sendable {
    private let metadata: DocumentCache<ProviderMetadata>
    private let keys: DocumentCache<KeySet>

    init(http: ProviderHTTP, clock: IdentityClock, logger: Logger) {
        metadata = DocumentCache(.init(lifetime: 3_600, grace: 86_400), clock: clock, logger: logger) {
            (url, timeout) async throws(OAuthError) in
            let answer = try await http.get(url, limit: ProviderMetadata.sizeLimit, timeout: timeout)
            return try Self.decode(answer, ProviderMetadata.init)
        }
        // A key that was taken back must not be believed for long.
        keys = DocumentCache(.init(lifetime: 600, grace: 3_600), clock: clock, logger: logger) {
            (url, timeout) async throws(OAuthError) in
            let answer = try await http.get(url, limit: KeySet.sizeLimit, timeout: timeout)
            return try Self.decode(answer, KeySet.init)
        }
    }

    private static func decode<Value>(
        _ answer: ProviderHTTP.Answer, _ make: (JSONValue) -> Value?
    ) throws(OAuthError) -> Value {
        guard answer.status == 200, let document = answer.json, let value = make(document) else {
            throw OAuthError("a provider's document is unusable (status \(answer.status))")
        }
        return value
    }

    func metadata(of provider: OAuthProvider, timeout: Duration) async throws(OAuthError) -> ProviderMetadata {
        switch provider.endpoints {
        case .fixed(let metadata): metadata
        case .discovered(let url): try await metadata.value(url, timeout: timeout)
        }
    }

    /// The claims of an ID token that one of the provider's keys has signed. Keys are rotated: for one that is not
    /// known they are fetched anew, once in a while.
    func verified(
        _ token: String, of provider: OAuthProvider, _ metadata: ProviderMetadata, timeout: Duration
    ) async throws(OAuthError) -> (claims: Claims, algorithm: String) {
        guard let header = TokenHeader(token) else { throw OAuthError("the ID token is malformed or not signed") }
        guard let url = metadata.keysURL else { throw OAuthError("the provider publishes no keys") }
        if let claims = await Self.check(token, header, try await keys.value(url, timeout: timeout)) {
            return (claims, header.algorithm)
        }
        guard let fresh = try await keys.refreshed(url, timeout: timeout),
            let claims = await Self.check(token, header, fresh)
        else { throw OAuthError("the ID token is signed by none of the provider's keys") }
        return (claims, header.algorithm)
    }

    private static func check(_ token: String, _ header: TokenHeader, _ keys: KeySet) async -> Claims? {
        for key in keys.candidates(header).prefix(8) {
            if let claims = await key.verify(token, algorithm: header.algorithm) { return claims }
        }
        return nil
    }
}
