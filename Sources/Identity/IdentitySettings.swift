/// What identity must know of the configuration; sent by the supervisor, replaceable at run time.
public struct IdentitySettings: Sendable, Equatable {
    /// The key of the session tokens; not empty. Changing it ends every session.
    public var secretKey: [UInt8]
    /// `JWT_EXPIRES_IN`.
    public var jwtExpiry: JWTExpiry = .after(4 * 604_800)
    /// `ENABLE_SIGNUP`; goes to false when the first user has signed up.
    public var enableSignup = true
    /// `ENABLE_LOGIN_FORM`; without the form there is no sign-up either.
    public var enableLoginForm = true
    /// `ENABLE_INITIAL_ADMIN_SIGNUP`: the first user may sign up though sign-up or the form is off.
    public var enableInitialAdminSignup = false
    /// `ENABLE_PASSWORD_AUTH`.
    public var enablePasswordAuth = true
    /// `DEFAULT_USER_ROLE`.
    public var defaultUserRole: Role = .pending
    /// `DEFAULT_GROUP_ID`; empty for none.
    public var defaultGroupID = ""
    /// `ENABLE_API_KEYS`.
    public var enableAPIKeys = true
    /// `ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS`.
    public var enableAPIKeyEndpointRestrictions = false
    /// `API_KEYS_ALLOWED_ENDPOINTS`, split at its commas.
    public var allowedEndpoints: [String] = []
    /// `user.permissions`: the rights without any group.
    public var defaultPermissions: PermissionTree = .defaults
    public var ldap = LDAPSettings()

    /// What new passwords must match; nil: nothing.
    public var passwordRule: PasswordRule?
    /// A proxy signs people in (`WEBUI_AUTH_TRUSTED_EMAIL_HEADER`), so passwords are not changed here.
    public var usesTrustedHeader = false
    /// `SHOW_ADMIN_DETAILS`: those who wait are told whom to ask.
    public var showsAdministrator = true
    /// `ADMIN_EMAIL`; empty: the first administrator's.
    public var administratorEmail = ""

    public init(secretKey: [UInt8]) {
        self.secretKey = secretKey
    }
}

/// A setting that identity itself changed and saved; the supervisor tells the other daemons.
public struct SettingChange: Sendable, Equatable {
    /// The dotted name in the `config` table.
    public let key: String
    /// The new value, as JSON.
    public let json: String
}
