extension SettingDefinition {
    /// Accounts, sessions and rights.
    static let accounts: [SettingDefinition] = [
        .init(
            "WEBUI_SECRET_KEY", "", .text, "Key that signs sessions (empty: one is made and kept in DATA_DIR)",
            isSecret: true, effect: .handOver([.api]), aliases: ["WEBUI_JWT_SECRET_KEY"]),
        .init("ENABLE_SIGNUP", "true", .boolean, "Strangers may sign up", persistedAt: "ui.enable_signup"),
        .init(
            "DEFAULT_USER_ROLE", "pending", .choice(["pending", "user", "admin"]), "Role of those who sign up",
            persistedAt: "ui.default_user_role"),
        .init("JWT_EXPIRES_IN", "4w", .expiry, "How long a session lasts", persistedAt: "auth.jwt_expiry"),
        .init(
            "ENABLE_API_KEYS", "true", .boolean, "Users may have API keys", persistedAt: "auth.enable_api_keys",
            aliases: ["ENABLE_API_KEY"]),
        .init(
            "ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS", "false", .boolean, "API keys work on listed paths only",
            persistedAt: "auth.api_key.endpoint_restrictions", aliases: ["ENABLE_API_KEY_ENDPOINT_RESTRICTIONS"]),
        .init(
            "API_KEYS_ALLOWED_ENDPOINTS", "", .text, "Those paths, separated by commas",
            persistedAt: "auth.api_key.allowed_endpoints", aliases: ["API_KEY_ALLOWED_ENDPOINTS"]),
        .init(
            "USER_PERMISSIONS", "", .object, "Rights of everybody without a group, as JSON (empty: the defaults)",
            persistedAt: "user.permissions"),
        .init(
            "ENABLE_LOGIN_FORM", "true", .boolean, "The frontend shows its sign-in form",
            persistedAt: "ui.ENABLE_LOGIN_FORM"),
        .init("ENABLE_PASSWORD_AUTH", "true", .boolean, "Passwords are accepted"),
        .init(
            "ENABLE_INITIAL_ADMIN_SIGNUP", "false", .boolean, "The first may sign up though sign-up or the form is off"),
        .init("ENABLE_SIGNUP_PASSWORD_CONFIRMATION", "false", .boolean, "The sign-up form asks for the password twice"),
        .init(
            "DEFAULT_GROUP_ID", "", .text, "Group of those who sign up (empty: none)",
            persistedAt: "ui.default_group_id"),
        .init("BYPASS_MODEL_ACCESS_CONTROL", "false", .boolean, "Every user may use every model"),
        .init(
            "BYPASS_ADMIN_ACCESS_CONTROL", "true", .boolean, "Administrators may use and change what others own",
            aliases: ["ENABLE_ADMIN_WORKSPACE_CONTENT_ACCESS"]),
        .init("ENABLE_PASSWORD_VALIDATION", "false", .boolean, "New passwords must match a pattern"),
        .init(
            "PASSWORD_VALIDATION_REGEX_PATTERN",
            #"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w\s]).{8,}$"#, .pattern, "That pattern"),
        .init("PASSWORD_VALIDATION_HINT", "", .text, "What is answered to a password that does not match"),
        .init(
            "WEBUI_AUTH_TRUSTED_EMAIL_HEADER", "", .text,
            "Header with the e-mail of somebody whom a proxy has signed in (empty: none)"),
        .init("WEBUI_AUTH_TRUSTED_NAME_HEADER", "", .text, "Header with the name, percent-encoded"),
        .init("WEBUI_AUTH_TRUSTED_GROUPS_HEADER", "", .text, "Header with the groups, separated by commas"),
        .init(
            "MARTLET_TRUSTED_PROXIES", "", .addresses,
            "Addresses or networks, separated by commas, whose forwarded and trusted headers count"),
        .init(
            "WEBUI_SESSION_COOKIE_SAME_SITE", "lax", .choice(["lax", "strict", "none"]), "SameSite of cookies"),
        .init("WEBUI_SESSION_COOKIE_SECURE", "false", .boolean, "Cookies only over https"),
        .init(
            "WEBUI_AUTH_COOKIE_SAME_SITE", "", .choice(["", "lax", "strict", "none"]),
            "SameSite of the session's cookie (empty: as the others)"),
        .init(
            "WEBUI_AUTH_COOKIE_SECURE", "", .choice(["", "true", "false"]),
            "Session's cookie only over https (empty: as the others)"),
        .init(
            "WEBUI_AUTH_SIGNOUT_REDIRECT_URL", "", .text, "Where browsers go after a sign-out"),
        .init(
            "MARTLET_AUDIT_RETENTION_DAYS", "90", .integer(0...36_500),
            "Days that sign-ins and refusals stay in the audit (0: for ever)"),
    ]
}
