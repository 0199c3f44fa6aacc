import Contracts
import FoundationEssentials
import Storage

/// The provider's own tokens, kept on the server for the use of the provider's services (`oauth_session`).
extension OAuthService {
    /// Seconds before its expiry from which on a token is refreshed.
    private static let refreshMargin: Int64 = 300
    /// Of a token that does not say how long it lasts.
    private static let unknownLifetime: Int64 = 365 * 86_400

    /// - Returns: the id of the session; nil when it could not be kept, which keeps nobody out.
    func keep(
        _ tokens: TokenResponse, of userID: String, _ provider: OAuthProvider, _ snapshot: Snapshot
    ) async -> String? {
        guard let fernet = snapshot.fernet else { return nil }
        let (members, expiresAt) = dated(tokens)
        let session = OAuthSession(
            id: UUID().uuidString.lowercased(), userID: userID, provider: provider.name, expiresAt: expiresAt,
            now: clock.now())
        do {
            let sealed = try fernet.encrypt(Array(JSONValue.object(members).encoded.utf8), now: clock.now())
            try await accounts.write { try OAuthSessionTable.replace(with: session, token: sealed, in: $0) }
            return session.id
        } catch {
            logger.error("a provider's tokens could not be kept", metadata: ["provider": "\(provider.name)"])
            return nil
        }
    }

    /// With `issued_at` and `expires_at`, in epoch seconds, as Open WebUI keeps them.
    private func dated(_ tokens: TokenResponse) -> (members: [String: JSONValue], expiresAt: Int64) {
        let now = clock.now()
        var members = tokens.members
        members["issued_at"] = .integer(now)
        let lifetime = tokens.lifetime.map { min(max($0, 0), 100 * 365 * 86_400) }
        let expiresAt = now + (lifetime ?? Self.unknownLifetime)
        if lifetime != nil { members["expires_at"] = .integer(expiresAt) }
        return (members, expiresAt)
    }

    /// The access token of somebody's session at a provider, refreshed when it is about to expire.
    /// - Returns: nil when there is none (any more): the provider takes the refresh token no longer, or did not answer.
    /// - Throws: `APIError` of the database.
    public func accessToken(sessionID: String, userID: String) async throws(APIError) -> String? {
        let snapshot = snapshot
        guard let (session, sealed, tokens) = try await stored(sessionID, snapshot), session.userID == userID else {
            return nil
        }
        guard session.expiresAt - Self.refreshMargin <= clock.now() else { return tokens.accessToken }
        return try await refreshes.run(sessionID) { () async throws(APIError) in
            try await self.refresh(session, sealed, tokens, snapshot)
        }
    }

    private func stored(
        _ id: String, _ snapshot: Snapshot
    ) async throws(APIError) -> (OAuthSession, sealed: String, TokenResponse)? {
        guard id.utf8.count <= 64, !id.utf8.contains(0), let fernet = snapshot.fernet,
            let found = try await accounts.read({ try OAuthSessionTable.find(id: id, in: $0) }),
            let plain = fernet.decrypt(found.token),
            case .object(let members)? = try? JSONValue(json: plain), let tokens = TokenResponse(members)
        else { return nil }
        return (found.session, found.token, tokens)
    }

    private func refresh(
        _ session: OAuthSession, _ sealed: String, _ tokens: TokenResponse, _ snapshot: Snapshot
    ) async throws(APIError) -> String? {
        guard let refreshToken = tokens.refreshToken, let provider = snapshot.settings.provider(session.provider) else {
            // Nothing can be done about it; while it lasts it serves.
            return session.expiresAt > clock.now() ? tokens.accessToken : nil
        }
        let answer: TokenResponse?
        do throws(OAuthError) {
            let metadata = try await directory.metadata(of: provider, timeout: snapshot.settings.timeout)
            answer = try await endpoint(provider, metadata, snapshot.settings).refresh(refreshToken)
        } catch {
            logger.warning(
                "a provider's token was not refreshed",
                metadata: ["provider": "\(provider.name)", "why": "\(error.cause)"])
            return session.expiresAt > clock.now() ? tokens.accessToken : nil
        }
        guard var answer else {
            // Unless another process has refreshed it meanwhile.
            _ = try await accounts.write { try OAuthSessionTable.delete(id: session.id, holding: sealed, in: $0) }
            return try await stored(session.id, snapshot)?.2.accessToken
        }
        // A provider that does not rotate them says nothing, and neither does one that keeps the ID token.
        for name in ["refresh_token", "id_token"] {
            answer.members[name] = answer.members[name] ?? tokens.members[name]
        }
        try await replace(session, sealed, answer, snapshot)
        return answer.accessToken
    }

    private func replace(
        _ session: OAuthSession, _ sealed: String, _ tokens: TokenResponse, _ snapshot: Snapshot
    ) async throws(APIError) {
        let (members, expiresAt) = dated(tokens)
        let now = clock.now()
        guard let fernet = snapshot.fernet,
            let new = try? fernet.encrypt(Array(JSONValue.object(members).encoded.utf8), now: now)
        else { return }
        _ = try await accounts.write {
            try OAuthSessionTable.update(
                id: session.id, token: new, expiresAt: expiresAt, at: now, replacing: sealed, in: $0)
        }
    }

    // MARK: Sign-out

    /// Ends the session at the provider as far as this server can, and says where the browser goes to end the rest
    /// (OpenID Connect RP-Initiated Logout 1.0).
    /// - Parameter sessionID: the cookie `oauth_session_id`; nil: there is none.
    /// - Returns: nil: it goes nowhere. Never fails: a provider that does not answer keeps nobody signed in here.
    public func signOut(sessionID: String?, userID: String) async -> String? {
        let snapshot = snapshot
        let plain = snapshot.settings.signOutURL.isEmpty ? nil : snapshot.settings.signOutURL
        guard let sessionID, let found = try? await stored(sessionID, snapshot), found.0.userID == userID
        else { return plain }
        let (session, _, tokens) = found
        _ = try? await accounts.write { try OAuthSessionTable.delete(id: session.id, in: $0) }
        guard let provider = snapshot.settings.provider(session.provider),
            let metadata = try? await directory.metadata(of: provider, timeout: snapshot.settings.timeout),
            let endpoint = metadata.endSessionEndpoint
        else { return plain }
        var query = [tokens.idToken.map { ("id_token_hint", $0) } ?? ("client_id", provider.clientID)]
        if let plain { query.append(("post_logout_redirect_uri", plain)) }
        return FormEncoding.adding(query, to: endpoint)
    }
}
