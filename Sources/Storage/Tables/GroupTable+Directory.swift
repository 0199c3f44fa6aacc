/// A row of `group` with how many members it has. JSON columns pass through as text.
public struct Group: Sendable, Equatable {
    public var id: String
    /// Who made it; the account may be gone.
    public var userID: String?
    public var name: String
    public var description: String
    public var data: String?
    public var meta: String?
    public var permissions: String?
    /// Epoch seconds.
    public var createdAt: Int64
    public var updatedAt: Int64
    public var memberCount: Int64 = 0

    public init(id: String, userID: String?, name: String, description: String, now: Int64) {
        self.id = id
        self.userID = userID
        self.name = name
        self.description = description
        createdAt = now
        updatedAt = now
    }
}

/// The directory of groups.
extension GroupTable {
    private static let selection = """
        SELECT g.id, g.user_id, g.name, g.description, g.data, g.meta, g.permissions, g.created_at, g.updated_at,
            (SELECT count(*) FROM group_member c WHERE c.group_id = g.id)
        FROM "group" g
        """

    /// All groups, the one changed last first.
    public static func all(in session: some SQLSession) throws -> [Group] {
        try session.rows("\(selection) ORDER BY g.updated_at DESC, g.id", [], decode)
    }

    /// The groups of one user, the one changed last first.
    public static func of(userID: String, in session: some SQLSession) throws -> [Group] {
        try session.rows(
            """
            \(selection) JOIN group_member m ON m.group_id = g.id WHERE m.user_id = ?
            ORDER BY g.updated_at DESC, g.id
            """, [.text(userID)], decode)
    }

    public static func find(id: String, in session: some SQLSession) throws -> Group? {
        try session.first("\(selection) WHERE g.id = ?", [.text(id)], decode)
    }

    public static func insert(_ group: Group, in session: some SQLSession) throws {
        try session.run(
            """
            INSERT INTO "group" (id, user_id, name, description, data, meta, permissions, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(group.id), .optional(group.userID), .text(group.name), .text(group.description),
                .optional(group.data), .optional(group.meta), .optional(group.permissions),
                .integer(group.createdAt), .integer(group.updatedAt),
            ])
    }

    /// Writes name, description, data, permissions and the time of the change.
    /// - Returns: whether there is such a group.
    @discardableResult
    public static func update(_ group: Group, in session: some SQLSession) throws -> Bool {
        try session.run(
            """
            UPDATE "group" SET name = ?, description = ?, data = ?, permissions = ?, updated_at = ? WHERE id = ?
            """,
            [
                .text(group.name), .text(group.description), .optional(group.data), .optional(group.permissions),
                .integer(group.updatedAt), .text(group.id),
            ]) > 0
    }

    public static func touch(id: String, at time: Int64, in session: some SQLSession) throws {
        try session.run("UPDATE \"group\" SET updated_at = ? WHERE id = ?", [.integer(time), .text(id)])
    }

    /// Memberships go with it (foreign key).
    /// - Returns: whether there was such a group.
    @discardableResult
    public static func delete(id: String, in session: some SQLSession) throws -> Bool {
        try session.run("DELETE FROM group_member WHERE group_id = ?", [.text(id)])
        return try session.run("DELETE FROM \"group\" WHERE id = ?", [.text(id)]) > 0
    }

    // MARK: Members

    public static func memberIDs(groupID: String, in session: some SQLSession) throws -> [String] {
        try session.rows(
            "SELECT user_id FROM group_member WHERE group_id = ? ORDER BY created_at, id", [.text(groupID)]
        ) { try $0.text(0) }
    }

    /// The members' accounts, newest first.
    public static func members(groupID: String, in session: some SQLSession) throws -> [User] {
        try session.rows(
            """
            SELECT \(UserTable.columns) FROM "user"
            WHERE id IN (SELECT user_id FROM group_member WHERE group_id = ?) ORDER BY created_at DESC, id
            """, [.text(groupID)], UserTable.decode)
    }

    /// - Returns: whether the user was a member.
    @discardableResult
    public static func removeMember(groupID: String, userID: String, in session: some SQLSession) throws -> Bool {
        try session.run(
            "DELETE FROM group_member WHERE group_id = ? AND user_id = ?", [.text(groupID), .text(userID)]) > 0
    }

    private static func decode(_ row: any SQLRow) throws -> Group {
        var group = Group(
            id: try row.text(0), userID: try row.optionalText(1), name: try row.optionalText(2) ?? "",
            description: try row.optionalText(3) ?? "", now: try row.optionalInteger(7) ?? 0)
        group.data = try row.optionalText(4)
        group.meta = try row.optionalText(5)
        group.permissions = try row.optionalText(6)
        group.updatedAt = try row.optionalInteger(8) ?? 0
        group.memberCount = try row.integer(9)
        return group
    }
}
