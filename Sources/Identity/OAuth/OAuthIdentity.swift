import Contracts

/// Somebody as a provider knows them.
struct OAuthIdentity: Sendable, Equatable {
    let provider: String
    /// The account's id there: it never changes, and is nobody else's.
    let subject: String
    let isSubjectNumber: Bool
    /// Lower case.
    let email: String
    /// False: the provider says that it is not, or lets everybody choose any. Accounts are not merged by it then.
    let isEmailVerified: Bool
    let name: String
    /// What the roles claim holds; nil when roles are not managed.
    let roles: [String]?
    /// What the groups claim holds; nil when groups are not managed.
    let groups: [String]?

    /// - Parameter privateEmail: for an account that has none among its claims.
    /// - Throws: `OAuthError` for an account that may not come in.
    init(
        _ claims: Claims, of provider: OAuthProvider, _ metadata: ProviderMetadata, _ rules: OAuthAccountRules,
        privateEmail: String? = nil
    ) throws(OAuthError) {
        self.provider = provider.name
        let subjectClaim = rules.subjectClaim.isEmpty ? provider.subjectClaim : rules.subjectClaim
        guard let subject = claims.text(subjectClaim), subject.utf8.count <= 255, !subject.utf8.contains(0) else {
            throw OAuthError("the claim \(subjectClaim), the account's id, is missing or too long")
        }
        self.subject = subject
        isSubjectNumber = if case .integer = claims[subjectClaim] { true } else { false }
        let found = claims.text(rules.emailClaim) ?? privateEmail
        let fallback = rules.makesEmail ? "\(provider.name)@\(subject).local" : nil
        guard let email = (found ?? fallback)?.lowercased() else {
            throw OAuthError("the claim \(rules.emailClaim), the account's e-mail, is missing")
        }
        guard EmailAddress.isValid(email) else { throw OAuthError("the account's e-mail has no valid form") }
        self.email = email
        isEmailVerified = Self.isVerified(claims, metadata)
        let domain = email[email.index(after: email.lastIndex(of: "@") ?? email.startIndex)...]
        if !rules.allowedDomains.contains("*") {
            guard rules.allowedDomains.contains(String(domain)) else {
                throw OAuthError("the e-mail's domain is not among OAUTH_ALLOWED_DOMAINS")
            }
            // Else anybody could claim to be of an allowed one.
            guard claims.flag("email_verified") != false else {
                throw OAuthError("the e-mail of an allowed domain is not verified")
            }
        }
        let name = claims.text(rules.nameClaim).map { $0.filter { $0 != "\0" } } ?? ""
        self.name = name.isEmpty ? email : String(String.UnicodeScalarView(name.unicodeScalars.prefix(255)))
        roles = rules.managesRoles ? claims.list(rules.rolesClaim, separator: rules.rolesSeparator) : nil
        groups = rules.managesGroups ? claims.list(rules.groupsClaim, separator: rules.groupsSeparator) : nil
    }

    /// Microsoft's shared endpoints take accounts of every directory, whose administrators write what e-mails they like.
    private static func isVerified(_ claims: Claims, _ metadata: ProviderMetadata) -> Bool {
        if let flag = claims.flag("email_verified") { return flag }
        guard metadata.issuer.contains(IDTokenVerifier.tenantMark) else { return true }
        return claims.flag("xms_edov") == true || claims.text("xms_edov") == "1"
    }

    /// Whether more must be asked than the ID token says.
    static func isComplete(_ claims: Claims, _ rules: OAuthAccountRules) -> Bool {
        let wanted = [
            rules.emailClaim, rules.nameClaim, rules.managesRoles ? rules.rolesClaim : nil,
            rules.managesGroups ? rules.groupsClaim : nil, rules.subjectClaim.isEmpty ? nil : rules.subjectClaim,
        ]
        return wanted.allSatisfy { name in name.map { claims[$0] != nil } ?? true }
    }
}
