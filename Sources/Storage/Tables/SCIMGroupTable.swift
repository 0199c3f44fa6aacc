/// A group as provisioning clients see it.
public struct SCIMGroup: Sendable, Equatable {
    public var id: String
    public var name: String
    /// Epoch seconds of the last change in the application.
    public var groupUpdatedAt: Int64
    public var isProvisioned: Bool
    public var externalID: String?
    /// Epoch milliseconds.
    public var createdAt: Int64
    public var updatedAt: Int64

    public init(
        id: String, name: String, groupUpdatedAt: Int64, isProvisioned: Bool, externalID: String?, createdAt: Int64,
        updatedAt: Int64
    ) {
        self.id = id
        self.name = name
        self.groupUpdatedAt = groupUpdatedAt
        self.isProvisioned = isProvisioned
        self.externalID = externalID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Queries on `martlet_scim_group` and on whole memberships.
public enum SCIMGroupTable {
    /// The groups with these ids, in no order.
    public static func find(ids: [String], in session: some SQLSession) throws -> [SCIMGroup] {
        try session.rows(
            """
            SELECT g.id, g.name, g.created_at, g.updated_at, s.group_id, s.external_id, s.created_at, s.updated_at
            FROM "group" g LEFT JOIN martlet_scim_group s ON s.group_id = g.id
            WHERE g.id IN (\(SQLList.elements(session.dialect)))
            """, [SQLList.argument(ids)]
        ) { row in
            let (created, changed) = (try row.optionalInteger(2) ?? 0, try row.optionalInteger(3) ?? 0)
            return SCIMGroup(
                id: try row.text(0), name: try row.optionalText(1) ?? "", groupUpdatedAt: changed,
                isProvisioned: try row.optionalText(4) != nil, externalID: try row.optionalText(5),
                createdAt: try row.optionalInteger(6) ?? created * 1000,
                updatedAt: try row.optionalInteger(7) ?? changed * 1000)
        }
    }

    /// Another group of this name, without regard to the case of ASCII letters.
    public static func owner(name: String, key: String, in session: some SQLSession) throws -> String? {
        try session.first(
            """
            SELECT id FROM "group" WHERE lower(name) = ? UNION ALL
            SELECT s.group_id FROM martlet_scim_group s JOIN "group" g ON g.id = s.group_id AND g.name = s.name
            WHERE s.name_key = ? LIMIT 1
            """, [.text(name.asciiLowercased), .text(key)]
        ) { try $0.text(0) }
    }

    public static func save(_ group: SCIMGroup, key: String, in session: some SQLSession) throws {
        try session.run(
            """
            INSERT INTO martlet_scim_group (group_id, name, name_key, external_id, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (group_id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
                external_id = excluded.external_id, updated_at = excluded.updated_at
            """,
            [
                .text(group.id), .text(group.name), .text(key), .optional(group.externalID), .integer(group.createdAt),
                .integer(group.updatedAt),
            ])
    }

    public static func rename(id: String, to name: String, at time: Int64, in session: some SQLSession) throws {
        try session.run(
            "UPDATE \"group\" SET name = ?, updated_at = ? WHERE id = ?", [.text(name), .integer(time), .text(id)])
    }

    public static func forget(id: String, in session: some SQLSession) throws {
        try session.run("DELETE FROM martlet_scim_group WHERE group_id = ?", [.text(id)])
    }

    // MARK: Members

    /// The members of groups, with their names, in the order in which they came.
    public static func members(
        groupIDs: [String], in session: some SQLSession
    ) throws -> [(groupID: String, userID: String, name: String)] {
        try session.rows(
            """
            SELECT m.group_id, u.id, u.name FROM group_member m JOIN "user" u ON u.id = m.user_id
            WHERE m.group_id IN (\(SQLList.elements(session.dialect))) ORDER BY m.created_at, m.id
            """, [SQLList.argument(groupIDs)]
        ) { (try $0.text(0), try $0.text(1), try $0.text(2)) }
    }

    /// How many members groups have.
    public static func memberCounts(groupIDs: [String], in session: some SQLSession) throws -> [String: Int64] {
        let pairs = try session.rows(
            """
            SELECT group_id, count(*) FROM group_member
            WHERE group_id IN (\(SQLList.elements(session.dialect))) GROUP BY group_id
            """, [SQLList.argument(groupIDs)]
        ) { (try $0.text(0), try $0.integer(1)) }
        return Dictionary(pairs) { first, _ in first }
    }

    /// The first of the ids that is no account's.
    public static func unknownUser(_ ids: [String], in session: some SQLSession) throws -> String? {
        let found = Set(
            try session.rows(
                "SELECT id FROM \"user\" WHERE id IN (\(SQLList.elements(session.dialect)))", [SQLList.argument(ids)]
            ) { try $0.text(0) })
        return ids.first { !found.contains($0) }
    }

    public static func remove(_ userIDs: [String], from groupID: String, in session: some SQLSession) throws {
        guard !userIDs.isEmpty else { return }
        try session.run(
            "DELETE FROM group_member WHERE group_id = ? AND user_id IN (\(SQLList.elements(session.dialect)))",
            [.text(groupID), SQLList.argument(userIDs)])
    }
}

extension String {
    /// As both engines' `lower` does it.
    public var asciiLowercased: String {
        String(decoding: utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
