import Contracts
import DaemonKit
import Identity

extension OAuthSettings {
    /// `secretKey`: the configured one, or the one that is kept in the data directory.
    init(_ settings: Settings, secretKey: [UInt8]) {
        self.init(secretKey: secretKey)
        providers = Self.providers(settings)
        accounts = OAuthAccountRules(settings)
        var url = settings.text("WEBUI_URL")
        while url.hasSuffix("/") { url.removeLast() }
        // It goes into a header.
        publicURL = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } ? url : ""
        if let seconds = Int(settings.text("OAUTH_TIMEOUT")) { timeout = .seconds(min(max(seconds, 1), 300)) }
        audience = settings.text("OAUTH_AUDIENCE")
        sendsClientID = settings.flag("OAUTH_ACCESS_TOKEN_REQUEST_INCLUDE_CLIENT_ID")
        isTokenExchangeOn = settings.flag("ENABLE_OAUTH_TOKEN_EXCHANGE")
        sendsIDTokenCookie = settings.flag("ENABLE_OAUTH_ID_TOKEN_COOKIE")
        signOutURL = settings.text("WEBUI_AUTH_SIGNOUT_REDIRECT_URL")
        let secret = settings.text("OAUTH_SESSION_TOKEN_ENCRYPTION_KEY")
        if !secret.isEmpty { sessionSecret = secret }
        let clientKey = settings.text("OAUTH_CLIENT_INFO_ENCRYPTION_KEY")
        if !clientKey.isEmpty { clientSecret = clientKey }
    }

    private static func providers(_ settings: Settings) -> [OAuthProvider] {
        func client(_ prefix: String, scope: String, redirect: String) -> OAuthProvider.Client {
            OAuthProvider.Client(
                id: settings.text("\(prefix)_CLIENT_ID"), secret: settings.text("\(prefix)_CLIENT_SECRET"),
                scope: settings.text(scope), redirectURI: settings.text(redirect))
        }
        return [
            .google(client("GOOGLE", scope: "GOOGLE_OAUTH_SCOPE", redirect: "GOOGLE_REDIRECT_URI")),
            .microsoft(
                client("MICROSOFT", scope: "MICROSOFT_OAUTH_SCOPE", redirect: "MICROSOFT_REDIRECT_URI"),
                tenant: settings.text("MICROSOFT_CLIENT_TENANT_ID"),
                loginURL: settings.text("MICROSOFT_CLIENT_LOGIN_BASE_URL"),
                pictureURL: settings.text("MICROSOFT_CLIENT_PICTURE_URL")),
            .github(client("GITHUB", scope: "GITHUB_CLIENT_SCOPE", redirect: "GITHUB_CLIENT_REDIRECT_URI")),
            .oidc(
                client("OAUTH", scope: "OAUTH_SCOPES", redirect: "OPENID_REDIRECT_URI"),
                label: settings.text("OAUTH_PROVIDER_NAME"), discoveryURL: settings.text("OPENID_PROVIDER_URL"),
                authentication: .init(rawValue: settings.text("OAUTH_TOKEN_ENDPOINT_AUTH_METHOD")),
                // The only other method, `plain`, protects nothing.
                requiresCodeChallenge: !settings.text("OAUTH_CODE_CHALLENGE_METHOD").isEmpty),
            .feishu(client("FEISHU", scope: "FEISHU_OAUTH_SCOPE", redirect: "FEISHU_REDIRECT_URI")),
        ].compactMap { $0 }
    }
}

extension OAuthAccountRules {
    fileprivate init(_ settings: Settings) {
        self.init()
        subjectClaim = settings.text("OAUTH_SUB_CLAIM")
        emailClaim = settings.text("OAUTH_EMAIL_CLAIM")
        nameClaim = settings.text("OAUTH_USERNAME_CLAIM")
        pictureClaim = settings.text("OAUTH_PICTURE_CLAIM")
        rolesClaim = settings.text("OAUTH_ROLES_CLAIM")
        groupsClaim = settings.text("OAUTH_GROUPS_CLAIM")
        rolesSeparator = settings.text("OAUTH_ROLES_SEPARATOR")
        groupsSeparator = settings.text("OAUTH_GROUPS_SEPARATOR")
        allowedDomains = settings.text("OAUTH_ALLOWED_DOMAINS").split(separator: ",").map { $0.lowercased() }
        makesEmail = settings.flag("ENABLE_OAUTH_EMAIL_FALLBACK")
        allowsSignUp = settings.flag("ENABLE_OAUTH_SIGNUP")
        mergesByEmail = settings.flag("OAUTH_MERGE_ACCOUNTS_BY_EMAIL")
        updatesPicture = settings.flag("OAUTH_UPDATE_PICTURE_ON_LOGIN")
        managesRoles = settings.flag("ENABLE_OAUTH_ROLE_MANAGEMENT")
        allowedRoles = Self.names(settings.text("OAUTH_ALLOWED_ROLES"), separator: rolesSeparator)
        adminRoles = Self.names(settings.text("OAUTH_ADMIN_ROLES"), separator: rolesSeparator)
        managesGroups = settings.flag("ENABLE_OAUTH_GROUP_MANAGEMENT")
        createsGroups = settings.flag("ENABLE_OAUTH_GROUP_CREATION")
        blockedGroups = Self.names(settings.text("OAUTH_BLOCKED_GROUPS"), separator: "")
    }

    /// Rules with these blocked groups, a JSON array, and nothing else.
    static func blocking(_ json: String) -> OAuthAccountRules {
        var rules = OAuthAccountRules()
        rules.blockedGroups = names(json, separator: "")
        return rules
    }

    /// A JSON array of texts, or texts with a separator between them.
    private static func names(_ text: String, separator: String) -> [String] {
        if let elements = (try? JSONValue(json: text.utf8))?.elements { return elements.compactMap(\.text) }
        guard !separator.isEmpty else { return text.isEmpty ? [] : [text] }
        return text.parts(separatedBy: separator)
    }
}
