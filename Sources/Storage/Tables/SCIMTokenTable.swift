/// A row of `martlet_scim_token`: a provisioning client's token, by its hash.
public struct SCIMToken: Sendable, Equatable {
    public var name: String
    /// SHA-256 in hexadecimal digits.
    public var hash: String
    /// Epoch milliseconds.
    public var createdAt: Int64

    public init(name: String, hash: String, createdAt: Int64) {
        self.name = name
        self.hash = hash
        self.createdAt = createdAt
    }
}

/// Queries on `martlet_scim_token`.
public enum SCIMTokenTable {
    /// By name.
    public static func all(in session: some SQLSession) throws -> [SCIMToken] {
        try session.rows("SELECT name, hash, created_at FROM martlet_scim_token ORDER BY name", []) {
            SCIMToken(name: try $0.text(0), hash: try $0.text(1), createdAt: try $0.integer(2))
        }
    }

    /// - Returns: whether the name was free.
    public static func insert(_ token: SCIMToken, in session: some SQLSession) throws -> Bool {
        try session.run(
            "INSERT INTO martlet_scim_token (name, hash, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [.text(token.name), .text(token.hash), .integer(token.createdAt)]) > 0
    }

    /// - Returns: whether there was such a token.
    public static func delete(name: String, in session: some SQLSession) throws -> Bool {
        try session.run("DELETE FROM martlet_scim_token WHERE name = ?", [.text(name)]) > 0
    }
}
