import FoundationEssentials
import Logging
import Storage

/// Sign-up, sign-in, the session, and API keys. Every refusal is an `APIError` to be answered as it is.
public final class AccountService: Sendable {
    let database: Database
    let store: IdentitySettingsStore
    public let authenticator: Authenticator
    let clock: IdentityClock
    let hasher: PasswordHasher
    let limiter = SignInLimiter()
    let logger: Logger
    let settingsChanged: @Sendable (SettingChange) async -> Void

    /// - Parameter settingsChanged: told after a setting was changed and saved here; returns when every daemon has taken
    ///   it over. Who made the change waits for it: the next one must not meet an earlier value on its way.
    public init(
        database: Database, settings: IdentitySettingsStore, hasher: PasswordHasher, authenticator: Authenticator,
        clock: IdentityClock = .system, logger: Logger,
        settingsChanged: @escaping @Sendable (SettingChange) async -> Void
    ) {
        self.database = database
        store = settings
        self.hasher = hasher
        self.authenticator = authenticator
        self.clock = clock
        self.logger = logger
        self.settingsChanged = settingsChanged
    }

    // MARK: Sign-up

    /// Makes an account and signs it in. The first one becomes administrator and closes sign-up.
    public func signUp(name: String, email: String, password: String) async throws(APIError) -> SessionResponse {
        let settings = store.settings
        let email = email.lowercased()
        let hasUsers = try await read { try !UserTable.isEmpty(in: $0) }
        guard Self.isSignUpOpen(settings, hasUsers: hasUsers) else { throw .accessProhibited }
        guard EmailAddress.isValid(email) else { throw .invalidEmail }
        guard name.unicodeScalars.count <= 255, !name.utf8.contains(0) else { throw .invalidName }
        guard try await read({ try UserTable.find(email: email, in: $0) }) == nil else { throw .emailTaken }
        // Of many who want to be the first, one closes the door while the others wait for their hash.
        let store = store
        let hash = try await hash(password) { Self.isSignUpOpen(store.settings, hasUsers: hasUsers) }
        let user = User(
            id: UUID().uuidString.lowercased(), name: name, email: email, role: settings.defaultUserRole.rawValue,
            profileImageURL: "/user.png", now: clock.now())
        return try await respond(try await create(user, hash: hash, sawUsers: hasUsers))
    }

    private static func isSignUpOpen(_ settings: IdentitySettings, hasUsers: Bool) -> Bool {
        if settings.enableSignup && settings.enableLoginForm { return true }
        return !hasUsers && settings.enableInitialAdminSignup
    }

    /// Inserts the account. Whether it is the first, and so administrator, is decided in the same transaction.
    private func create(_ user: User, hash: String, sawUsers: Bool) async throws(APIError) -> User {
        let store = store
        let (created, isFirst): (User, Bool)
        do {
            (created, isFirst) = try await write { session in
                try Self.insert(user, hash: hash, sawUsers: sawUsers, store, in: session)
            }
        } catch {
            // Closed inside a transaction that failed: nobody could become the first any more.
            if !sawUsers, (try? await read { try UserTable.isEmpty(in: $0) }) == true { setSignUp(open: true) }
            throw error
        }
        if isFirst {
            logger.notice("the first account is administrator; sign-up is closed", metadata: ["user": "\(user.id)"])
            await settingsChanged(SettingChange(key: "ui.enable_signup", json: "false"))
        }
        return created
    }

    private static func insert(
        _ user: User, hash: String, sawUsers: Bool, _ store: IdentitySettingsStore, in session: some SQLSession
    ) throws -> (User, isFirst: Bool) {
        let isFirst = try UserTable.isEmpty(in: session)
        // Another first sign-up was faster, and has closed the door.
        guard isFirst || sawUsers && isSignUpOpen(store.settings, hasUsers: true) else {
            throw APIError.accessProhibited
        }
        guard try UserTable.find(email: user.email, in: session) == nil else { throw APIError.emailTaken }
        var user = user
        if isFirst { user.role = Role.admin.rawValue }
        try insert(user, password: hash, store.settings, in: session)
        if isFirst {
            try ConfigTable.patch("ui.enable_signup", json: "false", in: session)
            // Here and not after the commit: the next transaction must see it.
            try store.update { $0.enableSignup = false }
        }
        return (user, isFirst)
    }

    private func setSignUp(open: Bool) {
        // It only fails for an empty key, and the key stays.
        try? store.update { $0.enableSignup = open }
    }

    /// A new account with what belongs to it.
    /// - Parameter password: a hash, or a text that is none: no password matches that.
    static func insert(
        _ user: User, password: String, _ settings: IdentitySettings, in session: some SQLSession
    ) throws {
        try UserTable.insert(user, in: session)
        try AuthTable.insert(Auth(id: user.id, email: user.email, password: password), in: session)
        guard !settings.defaultGroupID.isEmpty else { return }
        try GroupTable.addMember(
            id: UUID().uuidString.lowercased(), groupID: settings.defaultGroupID, userID: user.id,
            at: user.createdAt, in: session)
    }

    // MARK: Sign-in

    /// Takes as long for an unknown e-mail as for a wrong password, and answers the same.
    public func signIn(email: String, password: String) async throws(APIError) -> SessionResponse {
        guard store.settings.enablePasswordAuth else { throw .actionProhibited }
        let email = email.lowercased()
        guard await allowsAttempt(email) else { throw .rateLimited }
        let account = EmailAddress.couldBeStored(email) ? try await account(email) : nil
        let hash = account?.auth?.active == true ? account?.auth?.password : nil
        let matches = try await checkingPassword { () async throws(PasswordError) in
            try await self.hasher.verify(password, against: hash)
        }
        guard let user = account?.user, matches else { throw .invalidCredentials }
        return try await respond(user)
    }

    private func account(_ email: String) async throws(APIError) -> (user: User, auth: Auth?)? {
        try await read { session in
            guard let user = try UserTable.find(email: email, in: session) else { return nil }
            return (user, try AuthTable.find(id: user.id, in: session))
        }
    }

    /// A new token for an account that has proved who it is.
    func respond(_ user: User) async throws(APIError) -> SessionResponse {
        let snapshot = store.snapshot
        let permissions = try await permissions(of: user.id, snapshot.settings)
        do {
            let issued = try await snapshot.tokens.issue(
                userID: user.id, expiry: snapshot.settings.jwtExpiry, now: clock.now(),
                issuedAt: clock.milliseconds())
            return SessionResponse(
                user: user, token: issued.token, expiresAt: issued.expiresAt, permissions: permissions,
                withProfile: false)
        } catch {
            throw failure(error)
        }
    }

    // MARK: Session

    /// The caller's own account, as `GET /api/v1/auths/` tells it.
    /// - Parameter token: the one that the caller came with, given back to it.
    public func session(_ principal: Principal, token: String) async throws(APIError) -> SessionResponse {
        let settings = store.settings
        let found = try await read { session -> (User, PermissionTree)? in
            guard let user = try UserTable.find(id: principal.userID, in: session) else { return nil }
            return (user, try Permissions.of(userID: user.id, settings.defaultPermissions, in: session))
        }
        guard let (user, permissions) = found else { throw .invalidToken }
        var expiresAt: Int64?
        if case .session(_, let time) = principal.credential { expiresAt = time }
        return SessionResponse(
            user: user, token: token, expiresAt: expiresAt, permissions: permissions, withProfile: true)
    }

    /// Until when a session token holds, in epoch seconds; nil: for ever. 404 for one that does not hold.
    public func expiry(of token: String) async throws(APIError) -> Int64? {
        do {
            return try await store.snapshot.tokens.verify(token, now: clock.now()).exp
        } catch {
            throw APIError(status: 404, detail: "There is no session in this browser.")
        }
    }

    func permissions(of userID: String, _ settings: IdentitySettings) async throws(APIError) -> PermissionTree {
        try await read { try Permissions.of(userID: userID, settings.defaultPermissions, in: $0) }
    }

    /// Of a new password, which must keep to the rule.
    /// - Parameter isWanted: false when the hash's turn comes: 403.
    func hash(
        _ password: String, while isWanted: @escaping @Sendable () -> Bool = { true }
    ) async throws(APIError) -> String {
        try store.settings.passwordRule?.check(password)
        return try await checkingPassword { () async throws(PasswordError) in
            try await self.hasher.hash(password, while: isWanted)
        }
    }

    func saveDefaultPermissions(_ tree: PermissionTree) async throws(APIError) {
        let store = store
        let json: String
        do { json = String(decoding: try JSONEncoder().encode(tree), as: UTF8.self) } catch { throw failure(error) }
        try await write { session in
            try ConfigTable.patch("user.permissions", json: json, in: session)
            try store.update { $0.defaultPermissions = tree }
        }
        await settingsChanged(SettingChange(key: "user.permissions", json: json))
    }

    // MARK: Errors

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws(APIError) -> T {
        do {
            return try await database.read { try body($0) }
        } catch {
            throw failure(error)
        }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws(APIError) -> T {
        do {
            return try await database.write { try body($0) }
        } catch {
            throw failure(error)
        }
    }

    func checkingPassword<T>(
        _ body: () async throws(PasswordError) -> T
    ) async throws(APIError) -> T {
        do {
            return try await body()
        } catch {
            switch error {
            case .tooLong: throw .passwordTooLong
            case .unusable: throw .invalidPassword
            case .overloaded: throw .overloaded
            case .unwanted: throw .accessProhibited
            case .failed: throw failure(error)
            }
        }
    }

    func failure(_ error: any Error) -> APIError { APIError(of: error, "an account call failed", logger) }
}
