/// A row of `user`, without the columns that hold free JSON (`settings`, `info`, `oauth`, `scim`).
public struct User: Sendable, Equatable {
    public var id: String
    public var name: String
    /// Lower case.
    public var email: String
    /// `pending`, `user` or `admin`; other texts may come from other programs.
    public var role: String
    public var profileImageURL: String
    /// Epoch seconds, as the two below.
    public var createdAt: Int64
    public var updatedAt: Int64
    public var lastActiveAt: Int64
    public var bio: String?
    public var gender: String?
    /// `YYYY-MM-DD`.
    public var dateOfBirth: String?
    public var statusEmoji: String?
    public var statusMessage: String?
    public var statusExpiresAt: Int64?

    public init(id: String, name: String, email: String, role: String, profileImageURL: String, now: Int64) {
        self.id = id
        self.name = name
        self.email = email
        self.role = role
        self.profileImageURL = profileImageURL
        createdAt = now
        updatedAt = now
        lastActiveAt = now
    }
}

/// Queries on `user`.
public enum UserTable {
    static let columns = """
        id, name, email, role, profile_image_url, created_at, updated_at, last_active_at, \
        bio, gender, date_of_birth, status_emoji, status_message, status_expires_at
        """

    public static func find(id: String, in session: some SQLSession) throws -> User? {
        try session.first("SELECT \(columns) FROM \"user\" WHERE id = ?", [.text(id)], decode)
    }

    /// The oldest account with this e-mail, in whatever case either is written (ASCII letters).
    public static func find(email: String, in session: some SQLSession) throws -> User? {
        try session.first(
            "SELECT \(columns) FROM \"user\" WHERE lower(email) = ? ORDER BY created_at, id LIMIT 1",
            [.text(email.lowercased())], decode)
    }

    /// The owner of an API key.
    public static func find(apiKey: String, in session: some SQLSession) throws -> User? {
        try session.first(
            "SELECT \(columns) FROM \"user\" WHERE id = (SELECT user_id FROM api_key WHERE \"key\" = ?)",
            [.text(apiKey)], decode)
    }

    public static func count(in session: some SQLSession) throws -> Int {
        try session.first("SELECT count(*) FROM \"user\"", []) { Int(try $0.integer(0)) } ?? 0
    }

    /// Whether there is any account at all.
    public static func isEmpty(in session: some SQLSession) throws -> Bool {
        try session.first("SELECT 1 FROM \"user\" LIMIT 1", []) { try $0.integer(0) } == nil
    }

    public static func insert(_ user: User, in session: some SQLSession) throws {
        try session.run(
            """
            INSERT INTO "user" (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(user.id), .text(user.name), .text(user.email.lowercased()), .text(user.role),
                .text(user.profileImageURL), .integer(user.createdAt), .integer(user.updatedAt),
                .integer(user.lastActiveAt), .optional(user.bio), .optional(user.gender),
                .optional(user.dateOfBirth), .optional(user.statusEmoji), .optional(user.statusMessage),
                user.statusExpiresAt.map(SQLValue.integer) ?? .null,
            ])
    }

    /// Never moves the time back: several daemons and requests report it.
    public static func updateLastActive(id: String, at time: Int64, in session: some SQLSession) throws {
        try session.run(
            "UPDATE \"user\" SET last_active_at = ? WHERE id = ? AND last_active_at < ?",
            [.integer(time), .text(id), .integer(time)])
    }

    /// - Returns: whether there is such a user.
    @discardableResult
    public static func updateRole(id: String, role: String, at time: Int64, in session: some SQLSession) throws -> Bool
    {
        try session.run(
            "UPDATE \"user\" SET role = ?, updated_at = ? WHERE id = ?", [.text(role), .integer(time), .text(id)]) > 0
    }

    /// Deletes the account, its password and its API keys. Rows of other tables that refer to it by a foreign key go
    /// with it; chats and files are the caller's.
    /// - Returns: whether there was such a user.
    @discardableResult
    public static func delete(id: String, in session: some SQLSession) throws -> Bool {
        try AuthTable.delete(id: id, in: session)
        try APIKeyTable.delete(userID: id, in: session)
        try RevocationTable.forget(userID: id, in: session)
        return try session.run("DELETE FROM \"user\" WHERE id = ?", [.text(id)]) > 0
    }

    static func decode(_ row: any SQLRow) throws -> User {
        var user = User(
            id: try row.text(0), name: try row.text(1), email: try row.text(2), role: try row.text(3),
            profileImageURL: try row.text(4), now: try row.integer(5))
        user.updatedAt = try row.integer(6)
        user.lastActiveAt = try row.integer(7)
        user.bio = try row.optionalText(8)
        user.gender = try row.optionalText(9)
        user.dateOfBirth = try row.optionalText(10)
        user.statusEmoji = try row.optionalText(11)
        user.statusMessage = try row.optionalText(12)
        user.statusExpiresAt = try row.optionalInteger(13)
        return user
    }
}
