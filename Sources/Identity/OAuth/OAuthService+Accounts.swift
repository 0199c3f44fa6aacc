import Storage

/// From somebody at a provider to an account here.
extension OAuthService {
    func signIn(
        _ identity: OAuthIdentity, _ claims: Claims, _ accessToken: String, _ provider: OAuthProvider,
        _ settings: OAuthSettings
    ) async throws(OAuthError) -> SessionResponse {
        let rules = settings.accounts
        var external = external(identity, rules)
        external.mayCreate = rules.allowsSignUp
        external.replacesImage = rules.updatesPicture
        external.role = identity.roles.map {
            rules.role($0, otherwise: accounts.store.settings.defaultUserRole)
        }
        do throws(APIError) {
            external.groups = try await groups(identity, rules)
            if try await needsPicture(identity, rules) {
                external.profileImageURL = await picture(claims, accessToken, provider, settings)
            }
            return try await accounts.signIn(external: external)
        } catch {
            throw OAuthError("the account may not sign in: \(error.detail)", shown: error)
        }
    }

    func external(_ identity: OAuthIdentity, _ rules: OAuthAccountRules) -> ExternalIdentity {
        var external = ExternalIdentity(email: identity.email, name: identity.name)
        external.providerAccount = .init(
            provider: identity.provider, subject: identity.subject, isNumber: identity.isSubjectNumber)
        external.mayMergeByEmail = rules.mergesByEmail && identity.isEmailVerified
        external.isEmailVerified = identity.isEmailVerified
        return external
    }

    /// Nil: they stay as they are. So does a claim without any group leave them.
    private func groups(
        _ identity: OAuthIdentity, _ rules: OAuthAccountRules
    ) async throws(APIError) -> ExternalIdentity.GroupDecision? {
        guard let names = identity.groups, !names.isEmpty else { return nil }
        var decision = ExternalIdentity.GroupDecision(names: names)
        decision.creates = rules.createsGroups
        guard !rules.blockedGroups.isEmpty else { return decision }
        // Here and not in the account's transaction: expressions may take their time.
        let known = try await accounts.read { try GroupTable.all(in: $0).map(\.name) }
        let blocked = rules.blocked(among: Set(known).union(names))
        decision.manages = { !blocked.contains($0) }
        return decision
    }

    private func needsPicture(_ identity: OAuthIdentity, _ rules: OAuthAccountRules) async throws(APIError) -> Bool {
        guard !rules.pictureClaim.isEmpty else { return false }
        guard !rules.updatesPicture else { return true }
        guard rules.allowsSignUp else { return false }
        return try await accounts.read { session in
            try UserTable.find(provider: identity.provider, subject: identity.subject, in: session) == nil
                && UserTable.find(email: identity.email, in: session) == nil
        }
    }

    private func picture(
        _ claims: Claims, _ accessToken: String, _ provider: OAuthProvider, _ settings: OAuthSettings
    ) async -> String? {
        do throws(OAuthError) {
            return try await ProfilePicture(http: http, timeout: settings.timeout).load(
                claim: claims.text(settings.accounts.pictureClaim), own: provider.pictureURL,
                accessToken: accessToken)
        } catch {
            logger.notice(
                "a profile picture was not taken over",
                metadata: ["provider": "\(provider.name)", "why": "\(error.cause)"])
            return nil
        }
    }
}
