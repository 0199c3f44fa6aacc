import Storage

/// Where the resources of a type lie in the database, for the translation of filters. The row of the resource is `r`,
/// that of Martlet's own table `s`; the latter's columns are NULL for what no client has provisioned.
///
/// Expressions are made of closed sets of names, never of what a client has sent.
struct ResourceTable: Sendable {
    var type: ResourceType
    var isUser: Bool
    var from: String

    static let users = ResourceTable(
        type: .user, isUser: true,
        from: "\"user\" r LEFT JOIN martlet_scim_user s ON s.user_id = r.id")
    static let groups = ResourceTable(
        type: .group, isUser: false,
        from: "\"group\" r LEFT JOIN martlet_scim_group s ON s.group_id = r.id")

    static func of(_ type: ResourceType) -> ResourceTable { type.name == ResourceType.user.name ? users : groups }

    /// The document of an account, made of its row when nobody has provisioned it. Dialect point: JSON functions.
    static func document(folded: Bool, _ dialect: SQLDialect) -> String {
        let (column, email, name) =
            folded
            ? ("s.folded", "lower(r.email)", "lower(r.name)") : ("s.document", "r.email", "r.name")
        return switch dialect {
        case .sqlite:
            """
            coalesce(\(column), json_object('userName', \(email), 'displayName', \(name), \
            'name', json_object('formatted', \(name)), \
            'emails', json_array(json_object('value', \(email), 'primary', json('true')))))
            """
        case .postgresql:
            """
            CAST(coalesce(\(column), json_build_object('userName', \(email), 'displayName', \(name), \
            'name', json_build_object('formatted', \(name)), \
            'emails', json_build_array(json_build_object('value', \(email), 'primary', true)))) AS jsonb)
            """
        }
    }

    /// Whether an account may be used.
    static let active = """
        (r.role <> 'pending' AND NOT EXISTS (SELECT 1 FROM auth a WHERE a.id = r.id AND a.active IS FALSE))
        """

    /// Accounts that no client has provisioned and for which `condition` holds of `x`.
    private static func others(_ condition: String) -> String {
        """
        SELECT x.id FROM "user" x WHERE \(condition) \
        AND NOT EXISTS (SELECT 1 FROM martlet_scim_user y WHERE y.user_id = x.id)
        """
    }

    /// A condition that an index answers, for equality with a text; nil: there is no index.
    func lookup(_ path: AttributePath, _ text: String) -> (sql: String, arguments: [SQLValue])? {
        guard path.extension == nil else { return nil }
        let (key, ascii) = (text.lowercased(), text.asciiLowercased)
        switch (isUser, path.attribute.name, path.sub?.name) {
        case (_, "id", nil): return ("r.id = ?", [.text(text)])
        case (true, "externalId", nil):
            return ("r.id IN (SELECT user_id FROM martlet_scim_user WHERE external_id = ?)", [.text(text)])
        case (true, "userName", nil):
            return either("martlet_scim_user WHERE user_name_key", "lower(x.email)", key, ascii)
        case (true, "displayName", nil):
            return either("martlet_scim_user WHERE display_name_key", "lower(x.name)", key, ascii)
        case (true, "emails", nil), (true, "emails", "value"):
            return either("martlet_scim_email WHERE value_key", "lower(x.email)", key, ascii)
        case (true, "groups", nil), (true, "groups", "value"):
            return ("r.id IN (SELECT user_id FROM group_member WHERE group_id = ?)", [.text(text)])
        case (false, "externalId", nil):
            return ("r.id IN (SELECT group_id FROM martlet_scim_group WHERE external_id = ?)", [.text(text)])
        case (false, "displayName", nil):
            return (
                """
                r.id IN (SELECT id FROM "group" WHERE lower(name) = ? UNION ALL SELECT k.group_id \
                FROM martlet_scim_group k JOIN "group" n ON n.id = k.group_id AND n.name = k.name WHERE k.name_key = ?)
                """, [.text(ascii), .text(key)]
            )
        case (false, "members", nil), (false, "members", "value"):
            return ("r.id IN (SELECT group_id FROM group_member WHERE user_id = ?)", [.text(text)])
        default: return nil
        }
    }

    private func either(
        _ provisioned: String, _ other: String, _ key: String, _ ascii: String
    ) -> (sql: String, arguments: [SQLValue]) {
        (
            "r.id IN (SELECT user_id FROM \(provisioned) = ? UNION ALL \(Self.others("\(other) = ?")))",
            [.text(key), .text(ascii)]
        )
    }
}
