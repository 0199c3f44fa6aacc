/// Queries on `group` and `group_member`, as far as identity needs them.
public enum GroupTable {
    /// The permission trees (JSON) of the groups a user is in; groups without one are left out.
    public static func permissions(userID: String, in session: some SQLSession) throws -> [[UInt8]] {
        try session.rows(
            """
            SELECT g.permissions FROM group_member m JOIN "group" g ON g.id = m.group_id
            WHERE m.user_id = ? AND g.permissions IS NOT NULL
            """, [.text(userID)]
        ) { Array(try $0.text(0).utf8) }
    }

    /// Puts a user into a group, unless there is no such group or the user is in it.
    public static func addMember(
        id: String, groupID: String, userID: String, at time: Int64, in session: some SQLSession
    ) throws {
        try session.run(
            """
            INSERT INTO group_member (id, group_id, user_id, created_at, updated_at)
            SELECT ?, id, ?, ?, ? FROM "group" WHERE id = ?
            ON CONFLICT DO NOTHING
            """, [.text(id), .text(userID), .integer(time), .integer(time), .text(groupID)])
    }
}
