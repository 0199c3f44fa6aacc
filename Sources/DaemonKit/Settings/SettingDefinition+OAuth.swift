extension SettingDefinition {
    /// Signing in over OAuth and OpenID Connect providers. What is saved at `oauth.…` counts from one start to the next
    /// only with ENABLE_OAUTH_PERSISTENT_CONFIG.
    public static let oauth: [SettingDefinition] = oauthProviders + oauthClaims + oauthAccounts

    private static let oauthProviders: [SettingDefinition] = [
        .init("ENABLE_OAUTH_PERSISTENT_CONFIG", "false", .boolean, "Saved OAuth settings win over the environment"),
        .init("GOOGLE_CLIENT_ID", "", .text, "Client at Google", persistedAt: "oauth.google.client_id"),
        .init(
            "GOOGLE_CLIENT_SECRET", "", .text, "Its secret", isSecret: true,
            persistedAt: "oauth.google.client_secret"),
        .init(
            "GOOGLE_OAUTH_SCOPE", "openid email profile", .text, "What Google is asked for",
            persistedAt: "oauth.google.scope"),
        .init(
            "GOOGLE_REDIRECT_URI", "", .text, "Callback that is registered there (empty: WEBUI_URL's)",
            persistedAt: "oauth.google.redirect_uri"),
        .init("MICROSOFT_CLIENT_ID", "", .text, "Client at Microsoft", persistedAt: "oauth.microsoft.client_id"),
        .init(
            "MICROSOFT_CLIENT_SECRET", "", .text, "Its secret", isSecret: true,
            persistedAt: "oauth.microsoft.client_secret"),
        .init(
            "MICROSOFT_CLIENT_TENANT_ID", "", .text, "Directory at Microsoft", persistedAt: "oauth.microsoft.tenant_id"),
        .init(
            "MICROSOFT_CLIENT_LOGIN_BASE_URL", "https://login.microsoftonline.com", .text, "Microsoft's sign-in",
            persistedAt: "oauth.microsoft.login_base_url"),
        .init(
            "MICROSOFT_CLIENT_PICTURE_URL", "https://graph.microsoft.com/v1.0/me/photo/$value", .text,
            "Where Microsoft gives a person's picture (empty: none)", persistedAt: "oauth.microsoft.picture_url"),
        .init(
            "MICROSOFT_OAUTH_SCOPE", "openid email profile", .text, "What Microsoft is asked for",
            persistedAt: "oauth.microsoft.scope"),
        .init(
            "MICROSOFT_REDIRECT_URI", "", .text, "Callback that is registered there (empty: WEBUI_URL's)",
            persistedAt: "oauth.microsoft.redirect_uri"),
        .init("GITHUB_CLIENT_ID", "", .text, "Client at GitHub", persistedAt: "oauth.github.client_id"),
        .init(
            "GITHUB_CLIENT_SECRET", "", .text, "Its secret", isSecret: true,
            persistedAt: "oauth.github.client_secret"),
        .init(
            "GITHUB_CLIENT_SCOPE", "user:email", .text, "What GitHub is asked for", persistedAt: "oauth.github.scope"),
        .init(
            "GITHUB_CLIENT_REDIRECT_URI", "", .text, "Callback that is registered there (empty: WEBUI_URL's)",
            persistedAt: "oauth.github.redirect_uri"),
        .init("OAUTH_CLIENT_ID", "", .text, "Client at any OpenID provider", persistedAt: "oauth.oidc.client_id"),
        .init(
            "OAUTH_CLIENT_SECRET", "", .text, "Its secret (empty: a public client, with a code challenge)",
            isSecret: true, persistedAt: "oauth.oidc.client_secret"),
        .init(
            "OPENID_PROVIDER_URL", "", .text, "That provider's /.well-known/openid-configuration",
            persistedAt: "oauth.oidc.provider_url"),
        .init(
            "OPENID_REDIRECT_URI", "", .text, "Callback that is registered there (empty: WEBUI_URL's)",
            persistedAt: "oauth.oidc.redirect_uri"),
        .init(
            "OAUTH_SCOPES", "openid email profile", .text, "What it is asked for", persistedAt: "oauth.oidc.scopes"),
        .init("OAUTH_PROVIDER_NAME", "SSO", .text, "Its name on the button", persistedAt: "oauth.oidc.provider_name"),
        .init(
            "OAUTH_TOKEN_ENDPOINT_AUTH_METHOD", "", .choice(["", "client_secret_basic", "client_secret_post", "none"]),
            "How the client proves itself (empty: as the provider says)",
            persistedAt: "oauth.oidc.token_endpoint_auth_method"),
        .init(
            "OAUTH_CODE_CHALLENGE_METHOD", "", .nullableText,
            "S256: always with a code challenge (empty: where the provider offers it)",
            persistedAt: "oauth.oidc.code_challenge_method"),
        .init("FEISHU_CLIENT_ID", "", .text, "Client at Feishu", persistedAt: "oauth.feishu.client_id"),
        .init(
            "FEISHU_CLIENT_SECRET", "", .text, "Its secret", isSecret: true,
            persistedAt: "oauth.feishu.client_secret"),
        .init(
            "FEISHU_OAUTH_SCOPE", "contact:user.base:readonly", .text, "What Feishu is asked for",
            persistedAt: "oauth.feishu.scope"),
        .init(
            "FEISHU_REDIRECT_URI", "", .text, "Callback that is registered there (empty: WEBUI_URL's)",
            persistedAt: "oauth.feishu.redirect_uri"),
        .init(
            "OAUTH_TIMEOUT", "", .text, "Seconds that a provider has for an answer, 1 to 300 (empty: 10)",
            persistedAt: "oauth.oidc.oauth_timeout"),
        .init("OAUTH_AUDIENCE", "", .text, "audience of authorization requests", persistedAt: "oauth.audience"),
        .init(
            "OAUTH_ACCESS_TOKEN_REQUEST_INCLUDE_CLIENT_ID", "false", .boolean,
            "client_id goes into the body beside basic authentication"),
    ]

    private static let oauthClaims: [SettingDefinition] = [
        .init(
            "OAUTH_SUB_CLAIM", "", .nullableText, "Claim with the account's id (empty: the provider's own)",
            persistedAt: "oauth.oidc.sub_claim"),
        .init("OAUTH_EMAIL_CLAIM", "email", .text, "Claim with the e-mail", persistedAt: "oauth.oidc.email_claim"),
        .init("OAUTH_USERNAME_CLAIM", "name", .text, "Claim with the name", persistedAt: "oauth.oidc.username_claim"),
        .init(
            "OAUTH_PICTURE_CLAIM", "picture", .text, "Claim with the picture's address (empty: no pictures)",
            persistedAt: "oauth.oidc.avatar_claim"),
        .init(
            "OAUTH_GROUPS_CLAIM", "groups", .text, "Claim with the groups", persistedAt: "oauth.oidc.group_claim",
            aliases: ["OAUTH_GROUP_CLAIM"]),
        .init("OAUTH_ROLES_CLAIM", "roles", .text, "Claim with the roles", persistedAt: "oauth.roles_claim"),
        .init("OAUTH_GROUPS_SEPARATOR", ";", .verbatim, "Between groups that come as one text"),
        .init(
            "OAUTH_ROLES_SEPARATOR", ",", .verbatim,
            "Between roles that come as one text, and in the two settings below"),
        .init(
            "OAUTH_ALLOWED_ROLES", #"["user","admin"]"#, .names, "Roles that make a user",
            persistedAt: "oauth.allowed_roles"),
        .init(
            "OAUTH_ADMIN_ROLES", #"["admin"]"#, .names, "Roles that make an administrator",
            persistedAt: "oauth.admin_roles"),
    ]

    private static let oauthAccounts: [SettingDefinition] = [
        .init(
            "ENABLE_OAUTH_SIGNUP", "false", .boolean, "Whoever the providers know gets an account",
            persistedAt: "oauth.enable_signup"),
        .init(
            "OAUTH_MERGE_ACCOUNTS_BY_EMAIL", "false", .boolean, "An account with the same e-mail is the same person's",
            persistedAt: "oauth.merge_accounts_by_email"),
        .init(
            "OAUTH_ALLOWED_DOMAINS", "*", .texts(","),
            "Domains of e-mails that are let in, separated by commas (*: all)",
            persistedAt: "oauth.allowed_domains"),
        .init(
            "ENABLE_OAUTH_EMAIL_FALLBACK", "false", .boolean, "An account without an e-mail gets one made of its id"),
        .init(
            "OAUTH_UPDATE_PICTURE_ON_LOGIN", "false", .boolean, "Each sign-in takes the picture over",
            persistedAt: "oauth.update_picture_on_login"),
        .init(
            "ENABLE_OAUTH_ROLE_MANAGEMENT", "false", .boolean, "Each sign-in sets the role by the claim",
            persistedAt: "oauth.enable_role_mapping"),
        .init(
            "ENABLE_OAUTH_GROUP_MANAGEMENT", "false", .boolean, "Each sign-in sets the groups by the claim",
            persistedAt: "oauth.enable_group_mapping"),
        .init(
            "ENABLE_OAUTH_GROUP_CREATION", "false", .boolean, "Groups of the claim that are not there are made",
            persistedAt: "oauth.enable_group_creation"),
        .init(
            "OAUTH_BLOCKED_GROUPS", "[]", .listText,
            "Groups that the claim does not decide, as JSON: names, regular expressions, * and ?",
            persistedAt: "oauth.blocked_groups"),
        .init("ENABLE_OAUTH_TOKEN_EXCHANGE", "false", .boolean, "Applications may sign in with a provider's token"),
        .init("ENABLE_OAUTH_ID_TOKEN_COOKIE", "true", .boolean, "Browsers get the ID token as a cookie"),
        .init(
            "OAUTH_SESSION_TOKEN_ENCRYPTION_KEY", "", .text,
            "Key that providers' tokens are kept under (empty: WEBUI_SECRET_KEY)", isSecret: true),
    ]
}
