/// A row of `access_grant`: somebody may read or write a resource that is not theirs.
public struct AccessGrant: Sendable, Equatable {
    public enum PrincipalType: String, Sendable {
        case user, group
    }

    public enum Permission: String, Sendable, CaseIterable {
        case read, write
    }

    /// Everybody, as the `principalID` of a user.
    public static let everybody = "*"

    public var id: String
    public var principalType: PrincipalType
    public var principalID: String
    public var permission: Permission
    /// Epoch seconds.
    public var createdAt: Int64

    public init(
        id: String, principalType: PrincipalType, principalID: String, permission: Permission, createdAt: Int64
    ) {
        self.id = id
        self.principalType = principalType
        self.principalID = principalID
        self.permission = permission
        self.createdAt = createdAt
    }

    public var isPublic: Bool { principalType == .user && principalID == Self.everybody }
}

/// What can be granted; the raw value is `access_grant.resource_type`.
public enum GrantedResource: String, Sendable {
    case model, knowledge, prompt, tool, skill, note, channel, file
}

/// Queries on `access_grant`.
public enum AccessGrantTable {
    /// The grants of one resource, oldest first.
    public static func of(
        _ resource: GrantedResource, id: String, in session: some SQLSession
    ) throws -> [AccessGrant] {
        try session.rows(
            """
            SELECT id, principal_type, principal_id, permission, created_at FROM access_grant
            WHERE resource_type = ? AND resource_id = ? ORDER BY created_at, id
            """, [.text(resource.rawValue), .text(id)]
        ) { try decode($0, from: 0) }.compactMap { $0 }
    }

    /// The grants of all resources of a type, by the resource's id: for lists that need most of them.
    public static func all(
        _ resource: GrantedResource, in session: some SQLSession
    ) throws -> [String: [AccessGrant]] {
        let rows = try session.rows(
            """
            SELECT resource_id, id, principal_type, principal_id, permission, created_at FROM access_grant
            WHERE resource_type = ? ORDER BY created_at, id
            """, [.text(resource.rawValue)]
        ) { (try $0.text(0), try decode($0, from: 1)) }
        return rows.reduce(into: [:]) { result, row in
            if let grant = row.1 { result[row.0, default: []].append(grant) }
        }
    }

    /// Replaces all grants of a resource.
    public static func replace(
        _ resource: GrantedResource, id: String, with grants: [AccessGrant], in session: some SQLSession
    ) throws {
        try delete(resource, id: id, in: session)
        for grant in grants {
            try session.run(
                """
                INSERT INTO access_grant
                    (id, resource_type, resource_id, principal_type, principal_id, permission, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    .text(grant.id), .text(resource.rawValue), .text(id), .text(grant.principalType.rawValue),
                    .text(grant.principalID), .text(grant.permission.rawValue), .integer(grant.createdAt),
                ])
        }
    }

    public static func delete(_ resource: GrantedResource, id: String, in session: some SQLSession) throws {
        try session.run(
            "DELETE FROM access_grant WHERE resource_type = ? AND resource_id = ?",
            [.text(resource.rawValue), .text(id)])
    }

    public static func deleteAll(_ resource: GrantedResource, in session: some SQLSession) throws {
        try session.run("DELETE FROM access_grant WHERE resource_type = ?", [.text(resource.rawValue)])
    }

    /// A condition for queries on the resource's own table: a grant lets somebody read or write the row.
    /// - Parameter column: the resource's id, such as `m.id`.
    /// - Returns: SQL, and the arguments of its `?` in order. Who may write may read.
    public static func allows(
        _ permission: AccessGrant.Permission, _ resource: GrantedResource, column: StaticString, userID: String
    ) -> (sql: String, arguments: [SQLValue]) {
        let permissions = permission == .read ? "g.permission IN ('read', 'write')" : "g.permission = 'write'"
        let sql = """
            EXISTS (SELECT 1 FROM access_grant g
                WHERE g.resource_type = '\(resource.rawValue)' AND g.resource_id = \(column) AND \(permissions)
                AND (g.principal_type = 'user' AND g.principal_id IN ('*', ?) OR g.principal_type = 'group'
                    AND g.principal_id IN (SELECT x.group_id FROM group_member x WHERE x.user_id = ?)))
            """
        return (sql, [.text(userID), .text(userID)])
    }

    /// Nil for what other programs have put there and nobody here knows.
    private static func decode(_ row: any SQLRow, from first: Int) throws -> AccessGrant? {
        guard let type = AccessGrant.PrincipalType(rawValue: try row.text(first + 1)),
            let permission = AccessGrant.Permission(rawValue: try row.text(first + 3))
        else { return nil }
        return AccessGrant(
            id: try row.text(first), principalType: type, principalID: try row.text(first + 2),
            permission: permission, createdAt: try row.integer(first + 4))
    }
}
