import DaemonKit
import Identity

extension IdentitySettings {
    /// `secretKey`: the configured one, or the one that is kept in the data directory.
    init(_ settings: Settings, secretKey: [UInt8]) {
        self.init(secretKey: secretKey)
        enableSignup = settings.flag("ENABLE_SIGNUP")
        update(settings, changed: [])
    }

    /// The settings that a running process may take over; `changed` are the keys that differ.
    mutating func update(_ settings: Settings, changed: [String]) {
        // Identity itself closes sign-up after the first account: another setting's change must not open it again.
        if changed.contains("ENABLE_SIGNUP") { enableSignup = settings.flag("ENABLE_SIGNUP") }
        if let expiry = JWTExpiry.parse(settings.text("JWT_EXPIRES_IN")) { jwtExpiry = expiry }
        enableLoginForm = settings.flag("ENABLE_LOGIN_FORM")
        enableInitialAdminSignup = settings.flag("ENABLE_INITIAL_ADMIN_SIGNUP")
        enablePasswordAuth = settings.flag("ENABLE_PASSWORD_AUTH")
        defaultGroupID = settings.text("DEFAULT_GROUP_ID")
        passwordRule =
            settings.flag("ENABLE_PASSWORD_VALIDATION")
            ? PasswordRule(
                pattern: settings.text("PASSWORD_VALIDATION_REGEX_PATTERN"),
                hint: settings.text("PASSWORD_VALIDATION_HINT")) : nil
        usesTrustedHeader = !settings.text("WEBUI_AUTH_TRUSTED_EMAIL_HEADER").isEmpty
        showsAdministrator = settings.flag("SHOW_ADMIN_DETAILS")
        administratorEmail = settings.text("ADMIN_EMAIL")
        defaultUserRole = Role(stored: settings.text("DEFAULT_USER_ROLE"))
        let permissions = settings.text("USER_PERMISSIONS")
        let tree =
            permissions.isEmpty ? PermissionTree() : (try? PermissionTree(json: permissions.utf8)) ?? PermissionTree()
        defaultPermissions = tree.completed(from: .defaults)
        ldap = LDAPSettings(settings)
        enableAPIKeys = settings.flag("ENABLE_API_KEYS")
        enableAPIKeyEndpointRestrictions = settings.flag("ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS")
        allowedEndpoints = settings.text("API_KEYS_ALLOWED_ENDPOINTS").split(separator: ",").map {
            String($0.filter { !$0.isWhitespace })
        }
    }
}
