import Contracts
import HTTPFront
import Identity
import NIOHTTP1
import Storage

/// API.md, "Groups", and the relatives that the frontend calls (`info`, `export`, `users`, `users/remove`).
struct GroupsRoutes: Sendable {
    let groups: GroupService
    let clock: @Sendable () -> Int64

    var routes: [APIRoute] {
        let (groups, clock) = (groups, clock)
        return [
            .async(.GET, "/api/v1/groups/", .admin) { _ in
                try await answer { () async throws(APIError) in
                    JSONText.array(try await groups.all().map { $0.json() })
                }
            },
            .async(.POST, "/api/v1/groups/create", .admin) { request in
                let principal = try request.principal()
                var form = try Validation(request.body)
                let fields = Self.fields(&form)
                try form.check()
                return try await answer { () async throws(APIError) in
                    try await groups.create(
                        by: principal, name: fields.name, description: fields.description,
                        permissions: fields.permissions, data: fields.data
                    ).json()
                }
            },
            .async(.GET, "/api/v1/groups/id/{id}", .admin) { request in
                try await answer { () async throws(APIError) in try await groups.find(Self.id(request)).json() }
            },
            .async(.GET, "/api/v1/groups/id/{id}/info", .verified) { request in
                try await answer { () async throws(APIError) in try await groups.find(Self.id(request)).information }
            },
            .async(.GET, "/api/v1/groups/id/{id}/export", .admin) { request in
                try await answer { () async throws(APIError) in
                    let (group, userIDs) = try await groups.export(Self.id(request))
                    return group.json { $0.add("user_ids", json: JSONText.array(userIDs.map(JSONText.quoted))) }
                }
            },
            .async(.POST, "/api/v1/groups/id/{id}/users", .admin) { request in
                try await answer { () async throws(APIError) in
                    let now = clock()
                    return JSONText.array(try await groups.members(Self.id(request)).map { $0.summary(now: now) })
                }
            },
            .async(.POST, "/api/v1/groups/id/{id}/update", .admin) { request in
                var form = try Validation(request.body)
                let fields = Self.fields(&form)
                try form.check()
                return try await answer { () async throws(APIError) in
                    try await groups.update(
                        Self.id(request), name: fields.name, description: fields.description,
                        permissions: fields.permissions, data: fields.data
                    ).json()
                }
            },
            members(.POST, "add") { id, userIDs async throws(APIError) in try await groups.add(id, userIDs: userIDs) },
            members(.POST, "remove") { id, userIDs async throws(APIError) in
                try await groups.remove(id, userIDs: userIDs)
            },
            members(.DELETE, "delete") { id, userIDs async throws(APIError) in
                try await groups.remove(id, userIDs: userIDs)
            },
            .async(.DELETE, "/api/v1/groups/id/{id}/delete", .admin) { request in
                try await answer { () async throws(APIError) in
                    try await groups.delete(Self.id(request)) ? "true" : "false"
                }
            },
        ]
    }

    private func members(
        _ method: HTTPMethod, _ verb: String,
        _ change: @escaping @Sendable (String, [String]) async throws(APIError) -> Group
    ) -> APIRoute {
        .async(method, "/api/v1/groups/id/{id}/users/\(verb)", .admin) { request in
            var form = try Validation(request.body)
            let userIDs = form.texts("user_ids") ?? []
            try form.check()
            return try await answer { () async throws(APIError) in try await change(Self.id(request), userIDs).json() }
        }
    }

    private static func id(_ request: HTTPRequest) -> String { request.parameters["id"] ?? "" }

    private struct Fields {
        var name: String
        var description: String
        var permissions: String?
        var data: String?
    }

    private static func fields(_ form: inout Validation) -> Fields {
        Fields(
            name: form.text("name"), description: form.text("description"), permissions: form.object("permissions"),
            data: form.object("data"))
    }
}

extension Group {
    /// GroupResponse of Open WebUI; `more` adds to it.
    func json(_ more: (inout JSONObjectText) -> Void = { _ in }) -> String {
        var object = JSONObjectText()
        object.add("id", id)
        object.add("user_id", userID)
        object.add("name", name)
        object.add("description", description)
        object.add("data", json: data)
        object.add("meta", json: meta)
        object.add("permissions", json: permissions)
        object.add("created_at", createdAt)
        object.add("updated_at", updatedAt)
        object.add("member_count", memberCount)
        more(&object)
        return object.text
    }

    /// What anybody signed in may know of a group.
    var information: String {
        var object = JSONObjectText()
        object.add("id", id)
        object.add("user_id", userID)
        object.add("name", name)
        object.add("description", description)
        object.add("member_count", memberCount)
        object.add("created_at", createdAt)
        object.add("updated_at", updatedAt)
        return object.text
    }
}

extension User {
    /// Seconds after the last request within which an account counts as active.
    static let activeSeconds: Int64 = 180

    func isActive(now: Int64) -> Bool { now - lastActiveAt <= Self.activeSeconds }

    /// An account in a list (UserInfoResponse). `groups`: JSON of the groups it is in.
    func summary(now: Int64, groups: [String] = []) -> String {
        var object = JSONObjectText()
        object.add("status_emoji", statusEmoji)
        object.add("status_message", statusMessage)
        object.add("status_expires_at", statusExpiresAt)
        object.add("id", id)
        object.add("name", name)
        object.add("email", email)
        object.add("role", role)
        object.add("bio", bio)
        object.add("groups", json: JSONText.array(groups))
        object.add("is_active", isActive(now: now))
        return object.text
    }
}
