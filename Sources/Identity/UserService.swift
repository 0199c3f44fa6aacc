import FoundationEssentials
import Storage

/// The directory of accounts. What is changed here holds at the account's next request.
public struct UserService: Sendable {
    let accounts: AccountService

    public init(accounts: AccountService) { self.accounts = accounts }

    /// Accounts on a page of a list.
    public static let pageSize = 30
    /// Open WebUI answers 400 where one would expect 404, and its frontend knows it so.
    public static let notFound = APIError(status: 400, detail: "We could not find what you're looking for :/")

    // MARK: Reading

    /// - Parameter make: what is made of each account, on the thread that reads it.
    public func search<Value: Sendable>(
        _ search: UserSearch, _ make: @escaping @Sendable (UserRecord) -> Value
    ) async throws(APIError) -> (users: [Value], total: Int) {
        try await accounts.read { try UserTable.search(search, in: $0, make) }
    }

    /// One page as a JSON array, and how many accounts match in all.
    /// - Parameter format: of `UserTable.Column`.
    public func page(
        _ search: UserSearch, as format: JSONRowFormat
    ) async throws(APIError) -> (json: [UInt8], total: Int) {
        try await accounts.read { try UserTable.page(search, as: format, in: $0) }
    }

    public func find(_ id: String) async throws(APIError) -> UserRecord {
        guard let record = try await accounts.read({ try UserTable.record(id: id, in: $0) }) else {
            throw Self.notFound
        }
        return record
    }

    /// Sign-ins through a provider that are still known; without one as if there were no such account, as in Open WebUI.
    public func oauthSessions(_ id: String) async throws(APIError) -> [OAuthSession] {
        let sessions = try await accounts.read { try OAuthSessionTable.of(userID: id, in: $0) }
        guard !sessions.isEmpty else { throw Self.notFound }
        return sessions
    }

    /// The account's rights: the defaults and what its groups add.
    public func permissions(of principal: Principal) async throws(APIError) -> PermissionTree {
        try await accounts.permissions(of: principal.userID, accounts.store.settings)
    }

    // MARK: What people change of themselves

    /// Merges the members of `changes`, a JSON object, into what is stored; the whole object, as JSON.
    public func mergeSettings(
        _ principal: Principal, _ merge: @escaping @Sendable (_ stored: String?) -> String
    ) async throws(APIError) -> String {
        let now = accounts.clock.now()
        return try await change(principal.userID) { session, record in
            let json = try Self.bounded(merge(record.settings), record.settings)
            try UserTable.updateSettings(id: record.user.id, json: json, at: now, in: session)
            return json
        }
    }

    /// The same for the free object `info`.
    public func mergeInfo(
        _ principal: Principal, _ merge: @escaping @Sendable (_ stored: String?) -> String
    ) async throws(APIError) -> String {
        let now = accounts.clock.now()
        return try await change(principal.userID) { session, record in
            let json = try Self.bounded(merge(record.info), record.info)
            try UserTable.updateInfo(id: record.user.id, json: json, at: now, in: session)
            return json
        }
    }

    /// Of what people may store: change by change it would grow without end.
    static let ownObjectLimit = 1 << 20

    private static func bounded(_ json: String, _ stored: String?) throws -> String {
        guard json.utf8.count <= max(ownObjectLimit, stored?.utf8.count ?? 0) else {
            throw APIError(status: 413, detail: "At most \(ownObjectLimit) bytes can be stored here.")
        }
        return json
    }

    public func updateStatus(
        _ principal: Principal, emoji: String?, message: String?, expiresAt: Int64?
    ) async throws(APIError) -> UserRecord {
        try await change(principal.userID) { session, record in
            try UserTable.updateStatus(
                id: record.user.id, emoji: emoji, message: message, expiresAt: expiresAt, in: session)
            return try Self.reread(record, session)
        }
    }

    // MARK: What administrators change

    /// What an administrator sends for an account; `password` nil: unchanged.
    public struct Update: Sendable {
        public var role: String
        public var name: String
        public var email: String
        public var profileImageURL: String
        public var password: String?

        public init(role: String, name: String, email: String, profileImageURL: String, password: String?) {
            self.role = role
            self.name = name
            self.email = email.lowercased()
            self.profileImageURL = profileImageURL
            self.password = password
        }
    }

    /// The first administrator is changed by nobody else, and keeps the role.
    public func update(_ id: String, _ update: Update, by principal: Principal) async throws(APIError) -> UserRecord {
        guard let role = Role(rawValue: update.role) else {
            throw APIError(status: 400, detail: "The role must be pending, user or admin.")
        }
        guard EmailAddress.isValid(update.email) else { throw .invalidEmail }
        guard update.name.unicodeScalars.count <= 255 else { throw .invalidName }
        var hash: String?
        if let password = update.password, !password.isEmpty { hash = try await accounts.hash(password) }
        let newHash = hash
        let now = accounts.clock.now()
        return try await change(id) { session, record in
            if try UserTable.firstID(in: session) == id, principal.userID != id || role != .admin {
                throw APIError.actionProhibited
            }
            if let other = try UserTable.find(email: update.email, in: session), other.id != id {
                throw APIError.emailTaken
            }
            try UserTable.update(
                id: id, name: update.name, email: update.email, role: role.rawValue,
                profileImageURL: update.profileImageURL, at: now, in: session)
            if let newHash, try !AuthTable.updatePassword(id: id, hash: newHash, in: session) {
                try AuthTable.insert(Auth(id: id, email: update.email, password: newHash), in: session)
            }
            if newHash != nil { try accounts.endSessions(of: id, keeping: principal, in: session) }
            return try Self.reread(record, session)
        }
    }

    /// - Parameter priority: 1 (lowest) to 10.
    public func updateJobPriority(_ id: String, _ priority: Int64) async throws(APIError) -> UserRecord {
        let found = try await accounts.write { session -> UserRecord? in
            guard try UserTable.find(id: id, in: session) != nil else { return nil }
            try UserTable.updateJobPriority(id: id, priority: priority, in: session)
            return try UserTable.record(id: id, in: session)
        }
        guard let found else { throw APIError(status: 404, detail: Self.notFound.detail) }
        return found
    }

    /// Neither oneself nor the first administrator. An account that is not there counts as deleted.
    public func delete(_ id: String, by principal: Principal) async throws(APIError) {
        guard id != principal.userID else { throw .actionProhibited }
        try await accounts.write { session in
            if try UserTable.firstID(in: session) == id { throw APIError.actionProhibited }
            try UserTable.delete(id: id, in: session)
        }
        accounts.authenticator.forget(userID: id)
    }

    /// The rights of everybody without a group; saved, and told to every daemon.
    public func updateDefaultPermissions(_ tree: PermissionTree) async throws(APIError) {
        try await accounts.saveDefaultPermissions(tree)
    }

    public var defaultPermissions: PermissionTree { accounts.store.settings.defaultPermissions }

    // MARK: Pieces

    private func change<Value: Sendable>(
        _ id: String, _ body: @escaping @Sendable (any SQLSession, UserRecord) throws -> Value
    ) async throws(APIError) -> Value {
        let value = try await accounts.write { session -> Value in
            guard let record = try UserTable.record(id: id, in: session) else { throw Self.notFound }
            return try body(session, record)
        }
        accounts.authenticator.forget(userID: id)
        return value
    }

    private static func reread(_ record: UserRecord, _ session: any SQLSession) throws -> UserRecord {
        try UserTable.record(id: record.user.id, in: session) ?? record
    }
}
