/// One provider that people may sign in with, as the settings name it.
public struct OAuthProvider: Sendable, Equatable {
    enum Endpoints: Sendable, Equatable {
        /// The address of the discovery document.
        case discovered(String)
        case fixed(ProviderMetadata)
    }

    /// How the client proves itself at the token endpoint (OpenID Connect Core, section 9).
    public enum ClientAuthentication: String, Sendable {
        case basic = "client_secret_basic"
        case post = "client_secret_post"
        case none
    }

    /// In paths and in `user.oauth`: `google`, `microsoft`, `github`, `oidc`, `feishu`.
    public let name: String
    /// What its button says.
    public var label: String
    var clientID: String
    /// Empty for a public client.
    var clientSecret: String
    /// Separated by spaces.
    var scope: String
    /// Empty: this server's own address with `/oauth/{name}/callback`.
    var redirectURI: String
    var endpoints: Endpoints
    /// Where the account's id at the provider is found.
    var subjectClaim = "sub"
    /// Nil: what the provider supports.
    var clientAuthentication: ClientAuthentication?
    /// Also for a provider that does not say that it supports it.
    var requiresCodeChallenge = false
    /// Where e-mails are listed that the userinfo endpoint leaves out (GitHub's private ones); nil: nowhere.
    var emailsURL: String?
    /// A picture that the provider's API gives for the access token; for accounts without the claim.
    var pictureURL = ""

    /// Whether an ID token comes with the access token.
    var isOpenID: Bool { scope.split(separator: " ").contains("openid") }

    func authentication(_ metadata: ProviderMetadata) -> ClientAuthentication {
        if clientSecret.isEmpty { return .none }
        if let clientAuthentication { return clientAuthentication }
        // Without a word of the provider's, basic (Discovery, section 3).
        let offered = metadata.tokenAuthMethods
        return offered.isEmpty || offered.contains(ClientAuthentication.basic.rawValue) ? .basic : .post
    }

    func usesCodeChallenge(_ metadata: ProviderMetadata) -> Bool {
        requiresCodeChallenge || metadata.codeChallengeMethods.contains(CodeChallenge.method)
    }
}
