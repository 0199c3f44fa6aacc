import Egress
import FoundationEssentials

/// Redeems codes and refresh tokens (RFC 6749, sections 4.1.3 and 6).
struct TokenEndpoint: Sendable {
    let http: ProviderHTTP
    let provider: OAuthProvider
    let metadata: ProviderMetadata
    let timeout: Duration
    /// `client_id` in the body beside basic authentication.
    let sendsClientID: Bool

    func redeem(
        code: String, redirectURI: String, verifier: String?
    ) async throws(OAuthError) -> TokenResponse {
        var form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI)]
        if let verifier { form.append(("code_verifier", verifier)) }
        return try TokenResponse(try await send(form))
    }

    /// - Returns: nil when the provider does not take the refresh token any more.
    func refresh(_ token: String) async throws(OAuthError) -> TokenResponse? {
        let answer = try await send([("grant_type", "refresh_token"), ("refresh_token", token)])
        if (400..<500).contains(answer.status), answer.status != 429 { return nil }
        return try TokenResponse(answer)
    }

    private func send(_ form: [(String, String)]) async throws(OAuthError) -> ProviderHTTP.Answer {
        var form = form
        var authorization: String?
        let method = provider.authentication(metadata)
        switch method {
        case .basic:
            // Encoded first: a colon in the id would end it (section 2.3.1).
            let pair = PercentEncoding.encode(provider.clientID) + ":" + PercentEncoding.encode(provider.clientSecret)
            authorization = "Basic " + Data(pair.utf8).base64EncodedString()
        case .post: form.append(("client_secret", provider.clientSecret))
        case .none: break
        }
        if method != .basic || sendsClientID { form.append(("client_id", provider.clientID)) }
        return try await http.post(
            metadata.tokenEndpoint, form: form, authorization: authorization, limit: TokenResponse.sizeLimit,
            timeout: timeout)
    }
}
