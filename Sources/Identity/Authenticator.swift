import Logging
import Storage

/// Tells who a token belongs to: a JWT, or an API key (`sk-…`), from the header or the cookie alike.
///
/// Take `cached` on the event loop, and `authenticate` when it has nothing. Whoever changes or deletes an account,
/// or ends a session, must call `forget` or `sessionEnded`: what is cached holds for up to a minute. Both tell the other
/// hosts as well; what those tell goes to `forgetHere`.
public final class Authenticator: Sendable {
    private static let maximumLength = 8_192

    private let database: Database
    private let store: IdentitySettingsStore
    private let cache: PrincipalCache
    private let activity: ActivityRecorder
    private let clock: IdentityClock
    private let logger: Logger
    let shared: any SharedEvents

    public init(
        database: Database, settings: IdentitySettingsStore, shared: any SharedEvents = SingleHost(),
        clock: IdentityClock = .system, logger: Logger
    ) {
        self.database = database
        store = settings
        cache = PrincipalCache()
        activity = ActivityRecorder(database: database, logger: logger)
        self.shared = shared
        self.clock = clock
        self.logger = logger
    }

    /// Who was authenticated with this token less than a minute ago; nil if nobody, or if the token may not be used
    /// for `path`. Neither blocks nor waits.
    /// - Parameter path: of the request, for the restrictions of API keys.
    public func cached(_ token: String, path: String) -> Principal? {
        guard shared.isHearing,
            let principal = cache.find(token, now: clock.monotonic(), settingsVersion: store.version)
        else { return nil }
        guard principal.credential == .apiKey else { return principal }
        return APIKeyPolicy.allows(path: path, store.settings) ? principal : nil
    }

    public func cached(_ token: Substring, path: String) -> Principal? {
        cached(String(token), path: path)
    }

    /// Who this token belongs to, by the database.
    public func authenticate(_ token: String, path: String) async throws(AuthenticationError) -> Principal {
        guard !token.isEmpty, token.utf8.count <= Self.maximumLength, !token.utf8.contains(0) else {
            throw .invalidToken
        }
        let epoch = cache.epoch
        let snapshot = store.snapshot
        let found =
            token.hasPrefix(APIKeyPolicy.prefix)
            ? try await apiKey(token, path: path, snapshot.settings)
            : try await session(token, snapshot.tokens)
        cache.insert(
            found.principal, token: token, now: clock.monotonic(), lifetime: lifetime(of: found.principal),
            settingsVersion: snapshot.version, epoch: epoch)
        activity.record(userID: found.principal.userID, lastActiveAt: found.lastActiveAt, now: clock.now())
        return found.principal
    }

    /// To be called when an account has changed, its role or its keys too, or was deleted.
    public func forget(userID: String) {
        cache.forget(userID: userID)
        shared.accountChanged(userID: userID)
    }

    /// To be called when a session has ended before its token expires, and that is stored.
    /// - Parameter expiresAt: epoch seconds, of the token; nil: it never expires.
    public func sessionEnded(token: String, jti: String, expiresAt: Int64?) {
        cache.forget(token: token)
        shared.sessionEnded(jti: jti, expiresAt: expiresAt)
    }

    /// An account has changed, by word of another host.
    public func forgetHere(userID: String) { cache.forget(userID: userID) }

    /// A session has ended, by word of another host.
    public func forgetHere(jti: String) { cache.forget(jti: jti) }

    /// Anything may have changed, by word of another host.
    public func forgetAllHere() { cache.forgetAll() }

    private typealias Found = (principal: Principal, lastActiveAt: Int64)

    private func session(_ token: String, _ tokens: TokenService) async throws(AuthenticationError) -> Found {
        let claims: SessionClaims
        do {
            claims = try await tokens.verify(token, now: clock.now())
        } catch .expired {
            throw .expiredToken
        } catch {
            throw .invalidToken
        }
        guard !claims.id.utf8.contains(0) else { throw .unknownUser }
        guard !claims.jti.utf8.contains(0) else { throw .invalidToken }
        let found = try await read { session -> (user: User, isRevoked: Bool)? in
            guard let user = try UserTable.find(id: claims.id, in: session) else { return nil }
            if try AuthTable.isDeactivated(id: user.id, in: session) { return (user, true) }
            let isRevoked = try RevocationTable.isRevoked(
                jti: claims.jti, userID: user.id, issuedAt: claims.issuedAt, in: session)
            return (user, isRevoked)
        }
        guard let (user, isRevoked) = found else { throw .unknownUser }
        guard !isRevoked, await !shared.hasEnded(jti: claims.jti) else { throw .invalidToken }
        return (Principal(user, .session(jti: claims.jti, expiresAt: claims.exp)), user.lastActiveAt)
    }

    private func apiKey(
        _ key: String, path: String, _ settings: IdentitySettings
    ) async throws(AuthenticationError) -> Found {
        guard APIKeyPolicy.allows(path: path, settings) else { throw .endpointNotAllowed }
        let found = try await read { session -> (user: User, permissions: PermissionTree)? in
            guard let user = try UserTable.find(apiKey: key, in: session),
                try !AuthTable.isDeactivated(id: user.id, in: session)
            else { return nil }
            return (user, try Permissions.of(userID: user.id, settings.defaultPermissions, in: session))
        }
        guard let (user, permissions) = found else { throw .unknownAPIKey }
        let principal = Principal(user, .apiKey)
        guard settings.enableAPIKeys, principal.role == .admin || permissions.allows(Permissions.apiKeys) else {
            throw .apiKeysDisabled
        }
        return (principal, user.lastActiveAt)
    }

    private func lifetime(of principal: Principal) -> Double {
        guard case .session(_, let expiresAt?) = principal.credential else { return PrincipalCache.longest }
        return Double(expiresAt - clock.now())
    }

    private func read<T: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> T
    ) async throws(AuthenticationError) -> T {
        do {
            return try await database.read { try body($0) }
        } catch let error as StorageError where error.reason == .overloaded || error.reason == .busy {
            throw .overloaded
        } catch let error as StorageError where error.reason == .unavailable {
            throw .databaseUnavailable
        } catch {
            logger.error("authentication could not read the database", metadata: ["error": "\(error)"])
            throw .unavailable
        }
    }
}

extension Principal {
    init(_ user: User, _ credential: Credential) {
        self.init(
            userID: user.id, email: user.email, name: user.name, role: Role(stored: user.role), credential: credential)
    }
}
