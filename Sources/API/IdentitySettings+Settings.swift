import DaemonKit
import Identity

extension IdentitySettings {
    /// `secretKey`: the configured one, or the one that is kept in the data directory.
    init(_ settings: Settings, secretKey: [UInt8]) {
        self.init(secretKey: secretKey)
        update(settings)
    }

    /// The settings that a running process may take over.
    mutating func update(_ settings: Settings) {
        if let expiry = JWTExpiry.parse(settings.text("JWT_EXPIRES_IN")) { jwtExpiry = expiry }
        enableSignup = settings.flag("ENABLE_SIGNUP")
        defaultUserRole = Role(stored: settings.text("DEFAULT_USER_ROLE"))
        enableAPIKeys = settings.flag("ENABLE_API_KEYS")
        enableAPIKeyEndpointRestrictions = settings.flag("ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS")
        allowedEndpoints = settings.text("API_KEYS_ALLOWED_ENDPOINTS").split(separator: ",").map {
            String($0.filter { !$0.isWhitespace })
        }
    }
}
