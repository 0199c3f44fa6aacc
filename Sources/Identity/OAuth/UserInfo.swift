import Contracts

/// Asks a provider who an access token belongs to.
struct UserInfo: Sendable {
    static let sizeLimit = 256 * 1024

    let http: ProviderHTTP
    let provider: OAuthProvider
    let metadata: ProviderMetadata
    let timeout: Duration

    /// - Parameter subject: of the ID token: another one here means another account (OpenID Connect Core, 5.3.2).
    func claims(_ accessToken: String, subject: String?) async throws(OAuthError) -> Claims {
        guard let url = metadata.userinfoEndpoint else { throw OAuthError("the provider has no userinfo endpoint") }
        let answer = try await http.get(url, bearer: accessToken, limit: Self.sizeLimit, timeout: timeout)
        guard answer.status == 200, let document = answer.json, var claims = Claims(document) else {
            throw OAuthError("the userinfo endpoint answered \(answer.status)")
        }
        // Feishu wraps them.
        if let inner = claims.members["data"].flatMap(Claims.init), claims.members["sub"] == nil { claims = inner }
        if let subject {
            guard claims.members["sub"]?.text == subject else { throw OAuthError("userinfo is of somebody else") }
        }
        return claims
    }

    /// The e-mail that an account keeps from its profile: the primary one, if it was verified (GitHub).
    func privateEmail(_ accessToken: String) async throws(OAuthError) -> String? {
        guard let url = provider.emailsURL else { return nil }
        let answer = try await http.get(url, bearer: accessToken, limit: Self.sizeLimit, timeout: timeout)
        guard answer.status == 200, let emails = answer.json?.elements else {
            throw OAuthError("the list of e-mails was answered \(answer.status)")
        }
        let chosen = emails.first { $0["primary"] == .bool(true) && $0["verified"] == .bool(true) }
        return chosen?["email"]?.text
    }
}
