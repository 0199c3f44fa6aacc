/// An account as provisioning clients see it: the row of `user`, and that of `martlet_scim_user` if a client has made it
/// or taken it over.
public struct SCIMUser: Sendable, Equatable {
    public var user: User
    /// Signed out for good until it is let in again: `auth.active`.
    public var isDeactivated: Bool
    /// Open WebUI's own note of provisioning, `user.scim`.
    public var legacy: String?
    public var provisioned: Provisioned?

    public struct Provisioned: Sendable, Equatable {
        public var userNameKey: String
        public var displayNameKey: String?
        public var externalID: String?
        public var formerRole: String?
        /// JSON, as is `folded`.
        public var document: String
        public var folded: String
        /// Lower case.
        public var emails: Set<String>
        /// Epoch milliseconds.
        public var createdAt: Int64
        public var updatedAt: Int64

        public init(
            userNameKey: String, displayNameKey: String?, externalID: String?, formerRole: String?, document: String,
            folded: String, emails: Set<String>, createdAt: Int64, updatedAt: Int64
        ) {
            self.userNameKey = userNameKey
            self.displayNameKey = displayNameKey
            self.externalID = externalID
            self.formerRole = formerRole
            self.document = document
            self.folded = folded
            self.emails = emails
            self.createdAt = createdAt
            self.updatedAt = updatedAt
        }
    }

    public init(user: User, isDeactivated: Bool, provisioned: Provisioned? = nil) {
        self.user = user
        self.isDeactivated = isDeactivated
        self.provisioned = provisioned
    }
}

/// Queries on `martlet_scim_user` and `martlet_scim_email`.
public enum SCIMUserTable {
    /// The accounts with these ids, in no order. `emails` of what is provisioned are left out.
    public static func find(ids: [String], in session: some SQLSession) throws -> [SCIMUser] {
        let columns = UserTable.columns.split(separator: ",").map { "u." + $0.filter { $0 != " " } }
        return try session.rows(
            """
            SELECT \(columns.joined(separator: ", ")), u.scim, a.active, s.user_name_key, s.display_name_key,
                s.external_id, s.former_role, s.document, s.created_at, s.updated_at
            FROM "user" u LEFT JOIN martlet_scim_user s ON s.user_id = u.id LEFT JOIN auth a ON a.id = u.id
            WHERE u.id IN (\(SQLList.elements(session.dialect)))
            """, [SQLList.argument(ids)], decode)
    }

    private static func decode(_ row: any SQLRow) throws -> SCIMUser {
        var user = SCIMUser(user: try UserTable.decode(row), isDeactivated: try row.optionalInteger(15) == 0)
        user.legacy = try row.optionalText(14)
        guard let key = try row.optionalText(16) else { return user }
        user.provisioned = SCIMUser.Provisioned(
            userNameKey: key, displayNameKey: try row.optionalText(17), externalID: try row.optionalText(18),
            formerRole: try row.optionalText(19), document: try row.text(20), folded: "", emails: [],
            createdAt: try row.integer(21), updatedAt: try row.integer(22))
        return user
    }

    /// Whose userName it is; one that an account left behind, which Open WebUI deletes without it, is nobody's.
    public static func owner(userNameKey: String, in session: some SQLSession) throws -> String? {
        try session.run(
            """
            DELETE FROM martlet_scim_user WHERE user_name_key = ?
            AND NOT EXISTS (SELECT 1 FROM "user" WHERE id = martlet_scim_user.user_id)
            """, [.text(userNameKey)])
        return try session.first("SELECT user_id FROM martlet_scim_user WHERE user_name_key = ?", [.text(userNameKey)])
        {
            try $0.text(0)
        }
    }

    public static func isProvisioned(id: String, in session: some SQLSession) throws -> Bool {
        try session.first("SELECT 1 FROM martlet_scim_user WHERE user_id = ?", [.text(id)]) { try $0.integer(0) } != nil
    }

    /// Writes what is provisioned of an account, new or not.
    public static func save(_ id: String, _ row: SCIMUser.Provisioned, in session: some SQLSession) throws {
        try session.run(
            """
            INSERT INTO martlet_scim_user (user_id, user_name_key, display_name_key, external_id, former_role, document,
                folded, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (user_id) DO UPDATE SET user_name_key = excluded.user_name_key,
                display_name_key = excluded.display_name_key, external_id = excluded.external_id,
                former_role = excluded.former_role, document = excluded.document, folded = excluded.folded,
                updated_at = excluded.updated_at
            """,
            [
                .text(id), .text(row.userNameKey), .optional(row.displayNameKey), .optional(row.externalID),
                .optional(row.formerRole), .text(row.document), .text(row.folded), .integer(row.createdAt),
                .integer(row.updatedAt),
            ])
        let old = Set(
            try session.rows("SELECT value_key FROM martlet_scim_email WHERE user_id = ?", [.text(id)]) {
                try $0.text(0)
            })
        for key in old.subtracting(row.emails) {
            try session.run(
                "DELETE FROM martlet_scim_email WHERE user_id = ? AND value_key = ?", [.text(id), .text(key)])
        }
        for key in row.emails.subtracting(old) {
            try session.run(
                "INSERT INTO martlet_scim_email (user_id, value_key) VALUES (?, ?)", [.text(id), .text(key)])
        }
    }

    /// What other tables of Martlet's own know of the account; the account itself is `UserTable`'s.
    public static func forget(id: String, in session: some SQLSession) throws {
        try session.run("DELETE FROM martlet_scim_email WHERE user_id = ?", [.text(id)])
        try session.run("DELETE FROM martlet_scim_user WHERE user_id = ?", [.text(id)])
    }

    /// Administrators that may sign in, apart from one account.
    public static func hasOtherAdministrator(than id: String, in session: some SQLSession) throws -> Bool {
        try session.first(
            """
            SELECT 1 FROM "user" u WHERE u.role = 'admin' AND u.id <> ?
            AND NOT EXISTS (SELECT 1 FROM auth a WHERE a.id = u.id AND a.active IS FALSE) LIMIT 1
            """, [.text(id)]
        ) { try $0.integer(0) } != nil
    }

    /// The account that an Open WebUI has provisioned with this external id, whatever it calls the provider.
    public static func legacyOwner(externalID: String, in session: some SQLSession) throws -> String? {
        // Dialect point: the members of a JSON object.
        let match =
            switch session.dialect {
            case .sqlite:
                "EXISTS (SELECT 1 FROM json_each(scim) e WHERE json_extract(e.value, '$.external_id') = ?)"
            case .postgresql:
                "EXISTS (SELECT 1 FROM json_each(scim) e WHERE e.value ->> 'external_id' = ?)"
            }
        return try session.first(
            "SELECT id FROM \"user\" WHERE scim IS NOT NULL AND \(match) ORDER BY created_at, id LIMIT 1",
            [.text(externalID)]
        ) { try $0.text(0) }
    }

    /// The groups of accounts.
    public static func groups(
        userIDs: [String], in session: some SQLSession
    ) throws -> [(userID: String, groupID: String, name: String)] {
        try session.rows(
            """
            SELECT m.user_id, g.id, g.name FROM group_member m JOIN "group" g ON g.id = m.group_id
            WHERE m.user_id IN (\(SQLList.elements(session.dialect))) ORDER BY g.id
            """, [SQLList.argument(userIDs)]
        ) { (try $0.text(0), try $0.text(1), try $0.optionalText(2) ?? "") }
    }

    /// Names by id; ids of nobody are left out.
    public static func names(ids: [String], in session: some SQLSession) throws -> [String: String] {
        let pairs = try session.rows(
            "SELECT id, name FROM \"user\" WHERE id IN (\(SQLList.elements(session.dialect)))", [SQLList.argument(ids)]
        ) { (try $0.text(0), try $0.text(1)) }
        return Dictionary(pairs) { first, _ in first }
    }
}
