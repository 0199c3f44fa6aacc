import Logging
import Synchronization

/// Signing in over OAuth 2.0 and OpenID Connect providers: authorization code flow, with state, nonce and PKCE.
///
/// Nothing is kept between login and callback but in the browser's cookie, so any process may answer either.
public final class OAuthService: Sendable {
    /// The settings of one moment, with what is derived from them.
    struct Snapshot: Sendable {
        let settings: OAuthSettings
        let seal: LoginStateSeal
        /// Nil: OAUTH_SESSION_TOKEN_ENCRYPTION_KEY is no key; then tokens are not kept.
        let fernet: Fernet?

        init(_ settings: OAuthSettings) {
            self.settings = settings
            seal = LoginStateSeal(secretKey: settings.secretKey)
            fernet = Fernet(secret: settings.sessionSecret)
        }
    }

    let accounts: AccountService
    let clock: IdentityClock
    let logger: Logger
    let http = ProviderHTTP()
    let directory: ProviderDirectory
    let refreshes = OAuthTokenRefreshes()
    private let state: Mutex<Snapshot>

    public init(
        _ settings: OAuthSettings, accounts: AccountService, clock: IdentityClock = .system, logger: Logger
    ) {
        self.accounts = accounts
        self.clock = clock
        self.logger = logger
        directory = ProviderDirectory(http: http, clock: clock, logger: logger)
        state = Mutex(Snapshot(settings))
        report(settings)
    }

    var snapshot: Snapshot { state.withLock { $0 } }

    /// A provider whose settings have changed is asked anew; logins under way go on by the new ones.
    public func update(_ settings: OAuthSettings) {
        let changed = state.withLock { state in
            guard state.settings != settings else { return false }
            state = Snapshot(settings)
            return true
        }
        if changed { report(settings) }
    }

    /// Labels of the providers that can be signed in with, by their names, as `/api/config` tells them.
    public var labels: [String: String] {
        Dictionary(snapshot.settings.providers.map { ($0.name, $0.label) }) { first, _ in first }
    }

    public var isTokenExchangeOn: Bool { snapshot.settings.isTokenExchangeOn }
    public var sendsIDTokenCookie: Bool { snapshot.settings.sendsIDTokenCookie }

    func provider(_ name: String, _ settings: OAuthSettings) throws(OAuthError) -> OAuthProvider {
        guard let provider = settings.provider(name) else {
            throw OAuthError("there is no such provider", shown: .unknownProvider)
        }
        return provider
    }

    func endpoint(
        _ provider: OAuthProvider, _ metadata: ProviderMetadata, _ settings: OAuthSettings
    ) -> TokenEndpoint {
        TokenEndpoint(
            http: http, provider: provider, metadata: metadata, timeout: settings.timeout,
            sendsClientID: settings.sendsClientID)
    }

    /// What an operator should know of settings that are allowed, but do less than was meant.
    private func report(_ settings: OAuthSettings) {
        if Fernet(secret: settings.sessionSecret) == nil {
            logger.error("OAUTH_SESSION_TOKEN_ENCRYPTION_KEY has 44 characters, but is no Fernet key")
        }
        for pattern in settings.accounts.brokenPatterns {
            logger.error("an entry of OAUTH_BLOCKED_GROUPS is no regular expression", metadata: ["entry": "\(pattern)"])
        }
    }
}
