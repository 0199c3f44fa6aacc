import Contracts

/// What a provider sends a browser back with (RFC 6749, section 4.1.2; RFC 9207).
public struct OAuthCallback: Sendable {
    public var state: String?
    public var code: String?
    public var error: String?
    /// `iss`.
    public var issuer: String?

    public init(state: String?, code: String?, error: String?, issuer: String?) {
        self.state = state
        self.code = code
        self.error = error
        self.issuer = issuer
    }
}

/// Somebody who has signed in.
public struct OAuthArrival: Sendable {
    public let session: SessionResponse
    /// For the cookie `oauth_id_token`: it was verified.
    public let idToken: String?
    /// For the cookie `oauth_session_id`; nil when the provider's tokens could not be kept.
    public let oauthSessionID: String?
}

/// How a callback ended, and what the browser keeps of it.
public struct OAuthCallbackOutcome: Sendable {
    public let result: Result<OAuthArrival, OAuthError>
    /// The new value of the cookie `owui-session`; nil: it goes.
    public let stateCookie: String?
}

extension OAuthService {
    /// Ends a login: checks that it is one of this browser's, redeems the code, signs the account in. The login counts
    /// once, whatever comes of it.
    public func callback(_ name: String, _ callback: OAuthCallback, cookie: String?) async -> OAuthCallbackOutcome {
        let snapshot = snapshot
        var states = snapshot.seal.open(cookie, now: clock.now())
        let index = states.firstIndex { state in
            callback.state.map { Secrets.areEqual($0, state.state) } == true && state.provider == name
        }
        let state = index.map { states.remove(at: $0) }
        let rest = states.isEmpty ? nil : try? snapshot.seal.close(states)
        do throws(OAuthError) {
            let provider = try provider(name, snapshot.settings)
            guard let state else {
                throw OAuthError("the state is none of this browser's: missing, expired, used before, or not ours")
            }
            return OAuthCallbackOutcome(
                result: .success(try await arrive(provider, state, callback, snapshot)), stateCookie: rest)
        } catch {
            return OAuthCallbackOutcome(result: .failure(error), stateCookie: rest)
        }
    }

    private func arrive(
        _ provider: OAuthProvider, _ state: LoginState, _ callback: OAuthCallback, _ snapshot: Snapshot
    ) async throws(OAuthError) -> OAuthArrival {
        if let error = callback.error {
            throw OAuthError("the provider refused: \(TokenResponse.safe(error))")
        }
        let settings = snapshot.settings
        let metadata = try await directory.metadata(of: provider, timeout: settings.timeout)
        // Another provider's answer must not be redeemed here (RFC 9207).
        guard callback.issuer.map({ $0 == metadata.issuer }) ?? !metadata.sendsIssuer else {
            throw OAuthError("the callback's iss is missing or another provider's")
        }
        guard let code = callback.code, (1...4096).contains(code.utf8.count) else {
            throw OAuthError("the callback has no code")
        }
        let tokens = try await endpoint(provider, metadata, settings).redeem(
            code: code, redirectURI: state.redirectURI, verifier: state.verifier)
        let claims = try await claims(of: tokens, provider, metadata, settings, nonce: state.nonce)
        let identity = try await identity(claims, tokens.accessToken, provider, metadata, settings)
        let session = try await signIn(identity, claims, tokens.accessToken, provider, settings)
        return OAuthArrival(
            session: session, idToken: provider.isOpenID ? tokens.idToken : nil,
            oauthSessionID: await keep(tokens, of: session.user.id, provider, snapshot))
    }

    /// What the ID token says, completed by the userinfo endpoint where it leaves out something that is needed.
    private func claims(
        of tokens: TokenResponse, _ provider: OAuthProvider, _ metadata: ProviderMetadata, _ settings: OAuthSettings,
        nonce: String
    ) async throws(OAuthError) -> Claims {
        let userInfo = UserInfo(http: http, provider: provider, metadata: metadata, timeout: settings.timeout)
        guard provider.isOpenID else { return try await userInfo.claims(tokens.accessToken, subject: nil) }
        guard let token = tokens.idToken else { throw OAuthError("the token endpoint gave no ID token") }
        let (claims, algorithm) = try await directory.verified(
            token, of: provider, metadata, timeout: settings.timeout)
        try IDTokenVerifier(
            issuer: metadata.issuer, clientID: provider.clientID, nonce: nonce, accessToken: tokens.accessToken,
            now: clock.now()
        ).check(claims, algorithm: algorithm)
        guard !OAuthIdentity.isComplete(claims, settings.accounts), metadata.userinfoEndpoint != nil else {
            return claims
        }
        let more = try await userInfo.claims(tokens.accessToken, subject: claims.members["sub"]?.text)
        return claims.completed(by: more)
    }

    private func identity(
        _ claims: Claims, _ accessToken: String, _ provider: OAuthProvider, _ metadata: ProviderMetadata,
        _ settings: OAuthSettings
    ) async throws(OAuthError) -> OAuthIdentity {
        var email: String?
        if claims.text(settings.accounts.emailClaim) == nil, provider.emailsURL != nil {
            email = try await UserInfo(
                http: http, provider: provider, metadata: metadata, timeout: settings.timeout
            ).privateEmail(accessToken)
        }
        return try OAuthIdentity(claims, of: provider, metadata, settings.accounts, privateEmail: email)
    }
}
