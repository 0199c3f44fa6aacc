import FoundationEssentials
import Storage

/// Groups and who is in them. A change of members or permissions holds at the next request.
public struct GroupService: Sendable {
    let accounts: AccountService

    public init(accounts: AccountService) { self.accounts = accounts }

    private static let notFound = APIError(status: 404, detail: "We could not find what you're looking for :/")
    /// More ids in one request are refused.
    public static let idLimit = 10_000

    public func all() async throws(APIError) -> [Group] { try await accounts.read { try GroupTable.all(in: $0) } }

    public func of(userID: String) async throws(APIError) -> [Group] {
        try await accounts.read { try GroupTable.of(userID: userID, in: $0) }
    }

    public func find(_ id: String) async throws(APIError) -> Group {
        guard let group = try await accounts.read({ try GroupTable.find(id: id, in: $0) }) else { throw Self.notFound }
        return group
    }

    /// With the ids of its members.
    public func export(_ id: String) async throws(APIError) -> (Group, userIDs: [String]) {
        let found = try await accounts.read { session -> (Group, [String])? in
            guard let group = try GroupTable.find(id: id, in: session) else { return nil }
            return (group, try GroupTable.memberIDs(groupID: id, in: session))
        }
        guard let found else { throw Self.notFound }
        return found
    }

    public func members(_ id: String) async throws(APIError) -> [User] {
        let found = try await accounts.read { session -> [User]? in
            guard try GroupTable.find(id: id, in: session) != nil else { return nil }
            return try GroupTable.members(groupID: id, in: session)
        }
        guard let found else { throw Self.notFound }
        return found
    }

    /// - Parameters `permissions`, `data`: JSON objects as text, or nil.
    public func create(
        by principal: Principal, name: String, description: String, permissions: String?, data: String?
    ) async throws(APIError) -> Group {
        try Self.check(name, description)
        let now = accounts.clock.now()
        var group = Group(
            id: UUID().uuidString.lowercased(), userID: principal.userID, name: name, description: description, now: now
        )
        group.permissions = permissions
        group.data = data
        let created = group
        try await accounts.write { try GroupTable.insert(created, in: $0) }
        return group
    }

    /// What is nil stays as it is.
    public func update(
        _ id: String, name: String, description: String, permissions: String?, data: String?
    ) async throws(APIError) -> Group {
        try Self.check(name, description)
        let now = accounts.clock.now()
        let (group, members) = try await accounts.write { session -> (Group, [String]) in
            guard var group = try GroupTable.find(id: id, in: session) else { throw Self.notFound }
            group.name = name
            group.description = description
            group.permissions = permissions ?? group.permissions
            group.data = data ?? group.data
            group.updatedAt = now
            try GroupTable.update(group, in: session)
            return (group, try GroupTable.memberIDs(groupID: id, in: session))
        }
        forget(members)
        return group
    }

    /// Unknown users are passed over; who is a member already stays one.
    public func add(_ id: String, userIDs: [String]) async throws(APIError) -> Group {
        try await change(id, userIDs) { session, userID, now in
            guard try UserTable.find(id: userID, in: session) != nil else { return }
            try GroupTable.addMember(
                id: UUID().uuidString.lowercased(), groupID: id, userID: userID, at: now, in: session)
        }
    }

    public func remove(_ id: String, userIDs: [String]) async throws(APIError) -> Group {
        try await change(id, userIDs) { session, userID, _ in
            try GroupTable.removeMember(groupID: id, userID: userID, in: session)
        }
    }

    /// - Returns: whether there was such a group.
    public func delete(_ id: String) async throws(APIError) -> Bool {
        let (deleted, members) = try await accounts.write { session -> (Bool, [String]) in
            let members = try GroupTable.memberIDs(groupID: id, in: session)
            return (try GroupTable.delete(id: id, in: session), members)
        }
        forget(members)
        return deleted
    }

    // MARK: Pieces

    private func change(
        _ id: String, _ userIDs: [String], _ body: @escaping @Sendable (any SQLSession, String, Int64) throws -> Void
    ) async throws(APIError) -> Group {
        guard userIDs.count <= Self.idLimit else {
            throw APIError(status: 400, detail: "At most \(Self.idLimit) users at a time.")
        }
        let now = accounts.clock.now()
        let group = try await accounts.write { session -> Group in
            guard try GroupTable.find(id: id, in: session) != nil else { throw Self.notFound }
            for userID in Set(userIDs) where !userID.utf8.contains(0) { try body(session, userID, now) }
            try GroupTable.touch(id: id, at: now, in: session)
            guard let group = try GroupTable.find(id: id, in: session) else { throw Self.notFound }
            return group
        }
        forget(userIDs)
        return group
    }

    private func forget(_ userIDs: [String]) {
        for userID in userIDs { accounts.authenticator.forget(userID: userID) }
    }

    private static func check(_ name: String, _ description: String) throws(APIError) {
        guard !name.utf8.contains(0), !description.utf8.contains(0), name.utf8.count <= 1024,
            description.utf8.count <= 65_536
        else { throw APIError(status: 400, detail: "The name or the description is too long, or has a NUL character.") }
    }
}
