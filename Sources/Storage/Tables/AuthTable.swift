/// A row of `auth`: the password of the user with the same id.
public struct Auth: Sendable, Equatable {
    public var id: String
    public var email: String
    /// A bcrypt hash; accounts made by LDAP have a text here that is none, those made by SCIM have no row.
    public var password: String
    public var active: Bool

    public init(id: String, email: String, password: String, active: Bool = true) {
        self.id = id
        self.email = email
        self.password = password
        self.active = active
    }
}

/// Queries on `auth`.
public enum AuthTable {
    public static func find(id: String, in session: some SQLSession) throws -> Auth? {
        try session.first("SELECT id, email, password, active FROM auth WHERE id = ?", [.text(id)]) { row in
            Auth(
                id: try row.text(0), email: try row.text(1), password: try row.text(2),
                active: try row.integer(3) != 0)
        }
    }

    public static func insert(_ auth: Auth, in session: some SQLSession) throws {
        try session.run(
            "INSERT INTO auth (id, email, password, active) VALUES (?, ?, ?, ?)",
            [.text(auth.id), .text(auth.email.lowercased()), .text(auth.password), .integer(auth.active ? 1 : 0)])
    }

    /// - Returns: whether the user has a row.
    @discardableResult
    public static func updatePassword(id: String, hash: String, in session: some SQLSession) throws -> Bool {
        try session.run("UPDATE auth SET password = ? WHERE id = ?", [.text(hash), .text(id)]) > 0
    }

    @discardableResult
    public static func delete(id: String, in session: some SQLSession) throws -> Bool {
        try session.run("DELETE FROM auth WHERE id = ?", [.text(id)]) > 0
    }
}
