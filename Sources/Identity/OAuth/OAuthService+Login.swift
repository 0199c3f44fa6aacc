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
    ///   - base: this server's address as the browser knows it, for a server without WEBUI_URL; nil: it is not known.
    ///   - cookie: the cookie `owui-session`, for logins in other tabs.
    /// - Throws: `OAuthError`; it shows `APIError.unknownProvider` for an unknown provider.
    public func login(_ name: String, base: String?, cookie: String?) async throws(OAuthError) -> OAuthDeparture {
        let snapshot = snapshot
        let settings = snapshot.settings
        let provider = try provider(name, settings)
        let metadata = try await directory.metadata(of: provider, timeout: settings.timeout)
        let now = clock.now()
        guard let redirectURI = Self.redirectURI(provider, settings, base) else {
            throw OAuthError("neither WEBUI_URL nor the request's Host tells where to come back to")
        }
        let state = LoginState(
            provider: provider.name, state: RandomText.make(), nonce: RandomText.make(),
            verifier: provider.usesCodeChallenge(metadata) ? RandomText.make() : nil,
            redirectURI: redirectURI, expiresAt: now + LoginState.lifetime)
        let others = snapshot.seal.open(cookie, now: now).suffix(LoginState.countLimit - 1)
        return OAuthDeparture(
            location: FormEncoding.adding(
                Self.request(state, provider, audience: settings.audience), to: metadata.authorizationEndpoint),
            stateCookie: try snapshot.seal.close(others + [state]))
    }

    private static func redirectURI(
        _ provider: OAuthProvider, _ settings: OAuthSettings, _ base: String?
    ) -> String? {
        guard provider.redirectURI.isEmpty else { return provider.redirectURI }
        let own = settings.publicURL.isEmpty ? base : settings.publicURL
        return own.map { "\($0)/oauth/\(provider.name)/callback" }
    }

    /// Where the browser goes when a login is over: the frontend's page for it, with a text to show if it failed.
    public func landing(error: APIError? = nil) -> String {
        let page = snapshot.settings.publicURL + "/auth"
        return error.map { FormEncoding.adding([("error", $0.detail)], to: page) } ?? page
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
