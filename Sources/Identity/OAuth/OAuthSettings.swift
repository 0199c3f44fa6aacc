/// What signing in over providers must know of the configuration; replaceable at run time.
public struct OAuthSettings: Sendable, Equatable {
    /// Those that are complete, in the order in which they are offered.
    public var providers: [OAuthProvider] = []
    public var accounts = OAuthAccountRules()
    /// `WEBUI_URL` without a slash at its end: where browsers know this server; empty: where they say they are.
    public var publicURL = ""
    /// `OAUTH_TIMEOUT`: of one request to a provider.
    public var timeout: Duration = .seconds(10)
    /// `OAUTH_AUDIENCE`: goes with the authorization request; empty: none.
    public var audience = ""
    /// `OAUTH_ACCESS_TOKEN_REQUEST_INCLUDE_CLIENT_ID`: `client_id` in the body beside basic authentication.
    public var sendsClientID = false
    /// `ENABLE_OAUTH_TOKEN_EXCHANGE`.
    public var isTokenExchangeOn = false
    /// `ENABLE_OAUTH_ID_TOKEN_COOKIE`.
    public var sendsIDTokenCookie = true
    /// `WEBUI_AUTH_SIGNOUT_REDIRECT_URL`; empty: none.
    public var signOutURL = ""
    /// Seals what a browser keeps between leaving for the provider and coming back.
    public var secretKey: [UInt8]
    /// `OAUTH_SESSION_TOKEN_ENCRYPTION_KEY`, by default the secret key.
    public var sessionSecret: String

    /// `OAUTH_CLIENT_INFO_ENCRYPTION_KEY`, by default the secret key.
    public var clientSecret: String

    public init(secretKey: [UInt8]) {
        self.secretKey = secretKey
        sessionSecret = String(decoding: secretKey, as: UTF8.self)
        clientSecret = sessionSecret
    }

    func provider(_ name: String) -> OAuthProvider? { providers.first { $0.name == name } }
}

/// How claims become accounts.
public struct OAuthAccountRules: Sendable, Equatable {
    /// `OAUTH_SUB_CLAIM`; empty: the provider's own.
    public var subjectClaim = ""
    public var emailClaim = "email"
    public var nameClaim = "name"
    /// Empty: no pictures.
    public var pictureClaim = "picture"
    public var rolesClaim = "roles"
    public var groupsClaim = "groups"
    public var rolesSeparator = ","
    public var groupsSeparator = ";"
    /// Lower case; `*`: every domain.
    public var allowedDomains = ["*"]
    /// `ENABLE_OAUTH_EMAIL_FALLBACK`: an account without an e-mail gets one that is made of its id.
    public var makesEmail = false
    public var allowsSignUp = false
    public var mergesByEmail = false
    public var updatesPicture = false
    public var managesRoles = false
    public var allowedRoles = ["user", "admin"]
    public var adminRoles = ["admin"]
    public var managesGroups = false
    public var createsGroups = false
    /// `OAUTH_BLOCKED_GROUPS`.
    public var blockedGroups: [String] = []

    public init() {}

    /// Those of the names that OAUTH_BLOCKED_GROUPS keeps from the provider.
    func blocked(among names: Set<String>) -> Set<String> {
        let patterns = blockedGroups.map(GroupPattern.init)
        return patterns.isEmpty ? [] : names.filter { name in patterns.contains { $0.matches(name) } }
    }

    /// Entries of OAUTH_BLOCKED_GROUPS that are no regular expressions though they look like it.
    public var brokenPatterns: [String] { blockedGroups.filter { GroupPattern($0).isBroken } }

    /// What the roles claim makes of an account; an administrator's before a user's, else what everybody begins as.
    func role(_ roles: [String], otherwise: Role) -> Role {
        if roles.contains(where: adminRoles.contains) { return .admin }
        return roles.contains(where: allowedRoles.contains) ? .user : otherwise
    }
}
