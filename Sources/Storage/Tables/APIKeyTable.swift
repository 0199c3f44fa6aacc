/// A row of `api_key`. Keys are stored in clear, as Open WebUI does: it looks them up by their text.
public struct APIKey: Sendable, Equatable {
    public var id: String
    public var userID: String
    public var key: String
    /// Epoch seconds.
    public var createdAt: Int64

    /// The id is the one that Open WebUI gives the only key of a user.
    public init(userID: String, key: String, now: Int64) {
        id = "key_\(userID)"
        self.userID = userID
        self.key = key
        createdAt = now
    }
}

/// Queries on `api_key`.
public enum APIKeyTable {
    /// The key of a user; the newest, should another program have made several.
    public static func find(userID: String, in session: some SQLSession) throws -> String? {
        try session.first(
            "SELECT \"key\" FROM api_key WHERE user_id = ? ORDER BY created_at DESC, id LIMIT 1", [.text(userID)]
        ) { try $0.text(0) }
    }

    /// Makes this the only key of its user.
    public static func replace(with key: APIKey, in session: some SQLSession) throws {
        try delete(userID: key.userID, in: session)
        try session.run(
            "INSERT INTO api_key (id, user_id, \"key\", created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
            [.text(key.id), .text(key.userID), .text(key.key), .integer(key.createdAt), .integer(key.createdAt)])
    }

    /// - Returns: whether the user had a key.
    @discardableResult
    public static func delete(userID: String, in session: some SQLSession) throws -> Bool {
        try session.run("DELETE FROM api_key WHERE user_id = ?", [.text(userID)]) > 0
    }
}
