extension OAuthService {
    /// Signs in who holds an access token of a provider's: an application that has signed its user in there. Makes no
    /// account, and leaves role and groups alone.
    ///
    /// Providers do not say which client a token is for, so any of their clients' will do: it is off unless it is
    /// wanted (ENABLE_OAUTH_TOKEN_EXCHANGE).
    public func exchange(_ name: String, token: String) async throws(OAuthError) -> SessionResponse {
        let settings = snapshot.settings
        guard settings.isTokenExchangeOn else { throw OAuthError("off", shown: .tokenExchangeDisabled) }
        let name = name.lowercased()
        guard let provider = settings.provider(name) else {
            let text = "Provider '\(name.prefix(64))' is not configured"
            throw OAuthError("there is no such provider", shown: APIError(status: 404, detail: text))
        }
        let (claims, metadata) = try await claims(of: token, provider, settings)
        let rules = settings.accounts
        let subjectClaim = rules.subjectClaim.isEmpty ? provider.subjectClaim : rules.subjectClaim
        guard claims.text(subjectClaim) != nil else { throw OAuthError("no subject", shown: .exchangeMissingSubject) }
        guard claims.text(rules.emailClaim) != nil else { throw OAuthError("no e-mail", shown: .exchangeMissingEmail) }
        var identity = external(try OAuthIdentity(claims, of: provider, metadata, rules), rules)
        identity.mayCreate = false
        do throws(APIError) {
            return try await accounts.signIn(external: identity)
        } catch {
            let shown: APIError = error == .accessProhibited ? .exchangeUnknownUser : error
            throw OAuthError("the account may not sign in: \(error.detail)", shown: shown)
        }
    }

    private func claims(
        of token: String, _ provider: OAuthProvider, _ settings: OAuthSettings
    ) async throws(OAuthError) -> (Claims, ProviderMetadata) {
        guard (1...65_536).contains(token.utf8.count), token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw OAuthError("the token has another form", shown: .exchangeInvalidToken)
        }
        do throws(OAuthError) {
            let metadata = try await directory.metadata(of: provider, timeout: settings.timeout)
            let userInfo = UserInfo(http: http, provider: provider, metadata: metadata, timeout: settings.timeout)
            return (try await userInfo.claims(token, subject: nil), metadata)
        } catch {
            throw OAuthError(error.cause, shown: error.shown == .overloaded ? .overloaded : .exchangeInvalidToken)
        }
    }
}
