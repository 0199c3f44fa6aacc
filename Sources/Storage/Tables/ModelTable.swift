/// A row of `model`: a custom model, or what an administrator has set of a base model.
public struct ModelRecord: Sendable, Equatable {
    public var id: String
    public var userID: String
    /// The model that is really asked; nil: this row is about that one itself.
    public var baseModelID: String?
    public var name: String
    /// JSON objects, which pass through as text.
    public var meta: String
    public var params: String
    public var isActive: Bool
    /// Epoch seconds.
    public var createdAt: Int64
    public var updatedAt: Int64

    public init(
        id: String, userID: String, baseModelID: String?, name: String, meta: String, params: String,
        isActive: Bool = true, now: Int64
    ) {
        self.id = id
        self.userID = userID
        self.baseModelID = baseModelID
        self.name = name
        self.meta = meta
        self.params = params
        self.isActive = isActive
        createdAt = now
        updatedAt = now
    }
}

/// What a user may do with a model, by ownership and grants; the role is not looked at.
public struct ModelRights: Sendable, Equatable {
    public var mayRead: Bool
    public var mayWrite: Bool
}

/// Queries on `model`.
public enum ModelTable {
    static let columns = """
        m.id, m.user_id, m.base_model_id, m.name, m.meta, m.params, m.is_active, m.created_at, m.updated_at
        """

    public static func find(id: String, in session: some SQLSession) throws -> ModelRecord? {
        try session.first("SELECT \(columns) FROM model m WHERE m.id = ?", [.text(id)], decode)
    }

    /// A row with what a user may do with it: one query.
    public static func find(
        id: String, for userID: String, in session: some SQLSession
    ) throws -> (record: ModelRecord, rights: ModelRights)? {
        let read = AccessGrantTable.allows(.read, .model, column: "m.id", userID: userID)
        let write = AccessGrantTable.allows(.write, .model, column: "m.id", userID: userID)
        return try session.first(
            """
            SELECT \(columns), CASE WHEN m.user_id = ? OR \(read.sql) THEN 1 ELSE 0 END,
                CASE WHEN m.user_id = ? OR \(write.sql) THEN 1 ELSE 0 END
            FROM model m WHERE m.id = ?
            """, [.text(userID)] + read.arguments + [.text(userID)] + write.arguments + [.text(id)]
        ) { row in
            (try decode(row), ModelRights(mayRead: try row.integer(9) == 1, mayWrite: try row.integer(10) == 1))
        }
    }

    /// The ids of the active models that a user owns or has a grant for: one query.
    public static func readableIDs(userID: String, in session: some SQLSession) throws -> Set<String> {
        let read = AccessGrantTable.allows(.read, .model, column: "m.id", userID: userID)
        return Set(
            try session.rows(
                "SELECT m.id FROM model m WHERE m.is_active = ? AND (m.user_id = ? OR \(read.sql))",
                [.integer(1), .text(userID)] + read.arguments
            ) { try $0.text(0) })
    }

    /// Every row, for the list of what can be asked: there are few. In the order in which they were made.
    public static func all(in session: some SQLSession) throws -> [ModelRecord] {
        try session.rows("SELECT \(columns) FROM model m ORDER BY m.created_at, m.id", [], decode)
    }

    /// Rows about base models themselves.
    public static func base(in session: some SQLSession) throws -> [ModelRecord] {
        try session.rows(
            "SELECT \(columns) FROM model m WHERE m.base_model_id IS NULL ORDER BY m.created_at, m.id", [], decode)
    }

    // MARK: Changes

    public static func insert(_ model: ModelRecord, in session: some SQLSession) throws {
        try session.run(
            """
            INSERT INTO model (id, user_id, base_model_id, name, meta, params, is_active, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(model.id), .text(model.userID), .optional(model.baseModelID), .text(model.name),
                .text(model.meta), .text(model.params), .integer(model.isActive ? 1 : 0),
                .integer(model.createdAt), .integer(model.updatedAt),
            ])
    }

    /// Writes everything but the id and the time of creation.
    /// - Returns: whether there is such a model.
    @discardableResult
    public static func update(_ model: ModelRecord, in session: some SQLSession) throws -> Bool {
        try session.run(
            """
            UPDATE model SET user_id = ?, base_model_id = ?, name = ?, meta = ?, params = ?, is_active = ?,
                updated_at = ? WHERE id = ?
            """,
            [
                .text(model.userID), .optional(model.baseModelID), .text(model.name), .text(model.meta),
                .text(model.params), .integer(model.isActive ? 1 : 0), .integer(model.updatedAt), .text(model.id),
            ]) > 0
    }

    /// Its grants go with it.
    /// - Returns: whether there was such a model.
    @discardableResult
    public static func delete(id: String, in session: some SQLSession) throws -> Bool {
        try AccessGrantTable.delete(.model, id: id, in: session)
        return try session.run("DELETE FROM model WHERE id = ?", [.text(id)]) > 0
    }

    public static func deleteAll(in session: some SQLSession) throws {
        try AccessGrantTable.deleteAll(.model, in: session)
        try session.run("DELETE FROM model", [])
    }

    static func decode(_ row: any SQLRow) throws -> ModelRecord {
        var model = ModelRecord(
            id: try row.text(0), userID: try row.text(1), baseModelID: try row.optionalText(2), name: try row.text(3),
            meta: try row.text(4), params: try row.text(5), isActive: try row.integer(6) != 0,
            now: try row.integer(7))
        model.updatedAt = try row.integer(8)
        return model
    }
}
