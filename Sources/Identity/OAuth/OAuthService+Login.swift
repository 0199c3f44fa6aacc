/// Where a browser goes to sign in.
public struct OAuthDeparture: Sendable {
    /// The provider's authorization endpoint, with the request in its query.
    public let location: String
    /// The new value of the cookie `owui-session`.
    public let stateCookie: String
}

extension OAuthService {
    /// The cookie that a browser keeps while it is at the provider.
    public static var stateCookieName: String { LoginStateSeal.cookieName }
    /// Its Max-Age, in seconds.
    public static var stateLifetime: Int64 { LoginState.lifetime }

    /// Begins a login (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2.1).
    /// - Parameters:
    ///   - base: this server's address as the browser knows it, for a server without WEBUI_URL.
    ///   - cookie: the cookie `owui-session`, for logins in other tabs.
    /// - Throws: `OAuthError`; it shows `APIError.notFound` for an unknown provider.
    public func login(_ name: String, base: String, cookie: String?) async throws(OAuthError) -> OAuthDeparture {
        let snapshot = snapshot
        let settings = snapshot.settings
        let provider = try provider(name, settings)
        let metadata = try await directory.metadata(of: provider, timeout: settings.timeout)
        let now = clock.now()
        let own = (settings.publicURL.isEmpty ? base : settings.publicURL) + "/oauth/\(provider.name)/callback"
        let state = LoginState(
            provider: provider.name, state: RandomText.make(), nonce: RandomText.make(),
            verifier: provider.usesCodeChallenge(metadata) ? RandomText.make() : nil,
            redirectURI: provider.redirectURI.isEmpty ? own : provider.redirectURI,
            expiresAt: now + LoginState.lifetime)
        let others = snapshot.seal.open(cookie, now: now).suffix(LoginState.countLimit - 1)
        return OAuthDeparture(
            location: FormEncoding.adding(
                Self.request(state, provider, audience: settings.audience), to: metadata.authorizationEndpoint),
            stateCookie: try snapshot.seal.close(others + [state]))
    }

    private static func request(
        _ state: LoginState, _ provider: OAuthProvider, audience: String
    ) -> [(String, String)] {
        var query = [
            ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", state.redirectURI),
            ("scope", provider.scope), ("state", state.state),
        ]
        if provider.isOpenID { query.append(("nonce", state.nonce)) }
        if let verifier = state.verifier {
            query.append(("code_challenge", CodeChallenge.make(verifier)))
            query.append(("code_challenge_method", CodeChallenge.method))
        }
        if !audience.isEmpty { query.append(("audience", audience)) }
        return query
    }
}
