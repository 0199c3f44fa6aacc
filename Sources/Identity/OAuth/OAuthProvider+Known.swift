extension OAuthProvider {
    /// A client that is registered with a provider.
    public struct Client: Sendable {
        public var id: String
        public var secret: String
        public var scope: String
        public var redirectURI: String

        public init(id: String, secret: String, scope: String, redirectURI: String) {
            self.id = id
            self.secret = secret
            self.scope = scope
            self.redirectURI = redirectURI
        }

        var isComplete: Bool { !id.isEmpty && !secret.isEmpty }
    }

    private init(_ name: String, _ client: Client, _ endpoints: Endpoints) {
        self.init(
            name: name, label: name, clientID: client.id, clientSecret: client.secret, scope: client.scope,
            redirectURI: client.redirectURI, endpoints: endpoints)
    }

    /// Each is nil unless its client is complete.
    public static func google(_ client: Client) -> OAuthProvider? {
        guard client.isComplete else { return nil }
        return OAuthProvider(
            "google", client, .discovered("https://accounts.google.com/.well-known/openid-configuration"))
    }

    /// - Parameter tenant: a directory's id or domain, or `common`, `organizations`, `consumers`.
    public static func microsoft(
        _ client: Client, tenant: String, loginURL: String, pictureURL: String
    ) -> OAuthProvider? {
        guard client.isComplete, !tenant.isEmpty else { return nil }
        let document = "\(loginURL)/\(tenant)/v2.0/.well-known/openid-configuration?appid=\(client.id)"
        var provider = OAuthProvider("microsoft", client, .discovered(document))
        provider.pictureURL = pictureURL
        return provider
    }

    public static func github(_ client: Client) -> OAuthProvider? {
        guard client.isComplete else { return nil }
        let metadata = ProviderMetadata(
            issuer: "https://github.com", authorization: "https://github.com/login/oauth/authorize",
            token: "https://github.com/login/oauth/access_token", userinfo: "https://api.github.com/user")
        var provider = OAuthProvider("github", client, .fixed(metadata))
        provider.subjectClaim = "id"
        provider.emailsURL = "https://api.github.com/user/emails"
        provider.clientAuthentication = .post
        provider.requiresCodeChallenge = true
        return provider
    }

    public static func feishu(_ client: Client) -> OAuthProvider? {
        guard client.isComplete else { return nil }
        let metadata = ProviderMetadata(
            issuer: "https://accounts.feishu.cn",
            authorization: "https://accounts.feishu.cn/open-apis/authen/v1/authorize",
            token: "https://open.feishu.cn/open-apis/authen/v2/oauth/token",
            userinfo: "https://open.feishu.cn/open-apis/authen/v1/user_info")
        var provider = OAuthProvider("feishu", client, .fixed(metadata))
        provider.subjectClaim = "user_id"
        provider.clientAuthentication = .post
        return provider
    }

    /// Any OpenID Connect provider. A client without a secret must use a code challenge.
    public static func oidc(
        _ client: Client, label: String, discoveryURL: String, authentication: ClientAuthentication?,
        requiresCodeChallenge: Bool
    ) -> OAuthProvider? {
        guard !client.id.isEmpty, !client.secret.isEmpty || requiresCodeChallenge, !discoveryURL.isEmpty else {
            return nil
        }
        var provider = OAuthProvider("oidc", client, .discovered(discoveryURL))
        provider.label = label
        provider.clientAuthentication = authentication
        provider.requiresCodeChallenge = requiresCodeChallenge
        return provider
    }
}
