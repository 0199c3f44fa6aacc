/// What is looked for in the list of custom models.
public struct ModelSearch: Sendable {
    public enum Order: String, Sendable {
        case name
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    public enum View: String, Sendable {
        /// One's own.
        case created
        /// What others have made.
        case shared
    }

    /// Who asks.
    public var userID: String
    /// Sees all, whatever the grants.
    public var isUnrestricted: Bool
    /// Part of the name, the base model's name, or the owner's, in whatever case (ASCII letters); empty: all.
    public var text = ""
    public var view: View?
    /// A tag of `meta.tags`, in whatever case (ASCII letters); empty: all.
    public var tag = ""
    public var order = Order.createdAt
    public var isDescending = true
    public var offset = 0
    public var limit = 30

    public init(userID: String, isUnrestricted: Bool) {
        self.userID = userID
        self.isUnrestricted = isUnrestricted
    }
}

/// A custom model in a list.
public struct ListedModel: Sendable {
    public struct Owner: Sendable {
        public var id: String
        public var name: String
        public var role: String
        public var email: String
    }

    public var record: ModelRecord
    public var mayWrite: Bool
    public var grants: [AccessGrant]
    /// Nil: the account is gone.
    public var owner: Owner?
}

/// Lists of models, made in SQL.
extension ModelTable {
    /// One page, and how many match in all.
    public static func search(
        _ search: ModelSearch, in session: some SQLSession
    ) throws -> (models: [ListedModel], total: Int) {
        let (filter, arguments) = filter(search, session.dialect)
        let source = "FROM model m LEFT JOIN \"user\" u ON u.id = m.user_id WHERE \(filter)"
        let total = try session.first("SELECT count(*) \(source)", arguments) { Int(try $0.integer(0)) } ?? 0
        // Order and direction are of closed sets: the text of the statement is never made of input.
        let column = search.order == .name ? "lower(m.name)" : "m.\(search.order.rawValue)"
        let write = AccessGrantTable.allows(.write, .model, column: "m.id", userID: search.userID)
        let models = try session.rows(
            """
            SELECT \(columns), CASE WHEN m.user_id = ? OR \(write.sql) THEN 1 ELSE 0 END, u.id, u.name, u.role, u.email
            \(source) ORDER BY \(column) \(search.isDescending ? "DESC" : "ASC"), m.id LIMIT ? OFFSET ?
            """,
            [.text(search.userID)] + write.arguments + arguments
                + [.integer(Int64(search.limit)), .integer(Int64(search.offset))]
        ) { try listed($0, search.isUnrestricted) }
        return (try withGrants(models, in: session), total)
    }

    /// Custom models that a user may see, or may change: for tags and exports. If `isLight`, as `allLight`.
    public static func custom(
        _ permission: AccessGrant.Permission, userID: String, isUnrestricted: Bool, isLight: Bool,
        in session: some SQLSession
    ) throws -> [ModelRecord] {
        let columns = isLight ? lightColumns(session.dialect) : columns
        let base = "SELECT \(columns) FROM model m WHERE m.base_model_id IS NOT NULL"
        let order = "ORDER BY m.created_at, m.id"
        if isUnrestricted { return try session.rows("\(base) \(order)", [], decode) }
        let grant = AccessGrantTable.allows(permission, .model, column: "m.id", userID: userID)
        return try session.rows(
            "\(base) AND (m.user_id = ? OR \(grant.sql)) \(order)", [.text(userID)] + grant.arguments, decode)
    }

    /// Every row, where the engine can without its picture, which may be a hundred times as long as the rest.
    public static func allLight(in session: some SQLSession) throws -> [ModelRecord] {
        try session.rows(
            "SELECT \(lightColumns(session.dialect)) FROM model m ORDER BY m.created_at, m.id", [], decode)
    }

    // MARK: Pieces

    /// Dialect point: SQLite takes a member out of JSON, and leaves alone what is none. PostgreSQL would end the whole
    /// query at one row with an escape that it does not store (`\\u0000`): there the picture stays.
    private static func lightColumns(_ dialect: SQLDialect) -> String {
        guard dialect == .sqlite else { return columns }
        return columns.replacing(
            "m.meta",
            with: "CASE WHEN json_valid(m.meta) THEN json_remove(m.meta, '$.profile_image_url') ELSE m.meta END")
    }

    private static func filter(_ search: ModelSearch, _ dialect: SQLDialect) -> (String, [SQLValue]) {
        var conditions = ["m.base_model_id IS NOT NULL"]
        var arguments: [SQLValue] = []
        if !search.isUnrestricted {
            let read = AccessGrantTable.allows(.read, .model, column: "m.id", userID: search.userID)
            conditions.append("(m.user_id = ? OR \(read.sql))")
            arguments += [.text(search.userID)] + read.arguments
        }
        switch search.view {
        case .created:
            conditions.append("m.user_id = ?")
            arguments.append(.text(search.userID))
        case .shared:
            conditions.append("m.user_id <> ?")
            arguments.append(.text(search.userID))
        case nil: break
        }
        if !search.text.isEmpty {
            let names = ["m.name", "m.base_model_id", "u.name", "u.email", "u.username"]
            conditions.append("(" + names.map { "lower(\($0)) LIKE ? ESCAPE '\\'" }.joined(separator: " OR ") + ")")
            arguments += names.map { _ in .text(pattern(search.text)) }
        }
        if !search.tag.isEmpty {
            conditions.append(tagged(dialect))
            arguments.append(.text(search.tag.lowercased()))
        }
        return (conditions.joined(separator: " AND "), arguments)
    }

    private static func pattern(_ text: String) -> String {
        var pattern = "%"
        for character in text.lowercased() {
            if character == "%" || character == "_" || character == "\\" { pattern += "\\" }
            pattern.append(character)
        }
        return pattern + "%"
    }

    /// Dialect point: how an array in JSON is looked through. What is no array has no tags.
    private static func tagged(_ dialect: SQLDialect) -> String {
        switch dialect {
        case .sqlite:
            """
            CASE WHEN json_valid(m.meta) AND json_type(m.meta, '$.tags') = 'array' THEN EXISTS (
                SELECT 1 FROM json_each(m.meta, '$.tags') t
                WHERE t.type = 'object' AND lower(json_extract(t.value, '$.name')) = ?) ELSE 0 END
            """
        case .postgresql:
            """
            CASE WHEN json_typeof(m.meta::json -> 'tags') = 'array' THEN EXISTS (
                SELECT 1 FROM json_array_elements(m.meta::json -> 'tags') t WHERE lower(t ->> 'name') = ?)
                ELSE false END
            """
        }
    }

    private static func listed(_ row: any SQLRow, _ isUnrestricted: Bool) throws -> ListedModel {
        var owner: ListedModel.Owner?
        if let id = try row.optionalText(10) {
            owner = .init(
                id: id, name: try row.optionalText(11) ?? "", role: try row.optionalText(12) ?? "",
                email: try row.optionalText(13) ?? "")
        }
        return ListedModel(
            record: try decode(row), mayWrite: try isUnrestricted || row.integer(9) == 1, grants: [], owner: owner)
    }

    /// The grants of a page: as many queries as the page has models, each on an index.
    private static func withGrants(_ models: [ListedModel], in session: some SQLSession) throws -> [ListedModel] {
        try models.map { model in
            var model = model
            model.grants = try AccessGrantTable.of(.model, id: model.record.id, in: session)
            return model
        }
    }
}
