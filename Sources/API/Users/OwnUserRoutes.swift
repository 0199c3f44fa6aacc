import Contracts
import FoundationEssentials
import HTTPFront
import Identity
import NIOHTTP1

/// API.md, "Users": what people see and change of themselves, and the default permissions.
struct OwnUserRoutes: Sendable {
    let users: UserService
    let groups: GroupService

    var routes: [APIRoute] { reading + writing + permissions }

    private var reading: [APIRoute] {
        let (users, groups) = (users, groups)
        return [
            .async(.GET, "/api/v1/users/groups", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    JSONText.array(try await groups.of(userID: principal.userID).map { $0.json() })
                }
            },
            .async(.GET, "/api/v1/users/user/settings", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    try await users.find(principal.userID).settings ?? "null"
                }
            },
            .async(.GET, "/api/v1/users/user/status", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in try await users.find(principal.userID).json() }
            },
            .async(.GET, "/api/v1/users/user/info", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    try await users.find(principal.userID).info ?? "null"
                }
            },
        ]
    }

    private var writing: [APIRoute] {
        let users = users
        return [
            .async(.POST, "/api/v1/users/user/settings/update", .verified) { request in
                let principal = try request.principal()
                var form = try Validation(request.body)
                _ = form.object("ui")
                try form.check()
                let changes = form.document
                return try await answer { () async throws(APIError) in
                    try await users.mergeSettings(principal) { Self.merge($0, changes) }
                }
            },
            .async(.POST, "/api/v1/users/user/info/update", .verified) { request in
                let principal = try request.principal()
                let changes = try Validation(request.body).document
                return try await answer { () async throws(APIError) in
                    try await users.mergeInfo(principal) { Self.merge($0, changes) }
                }
            },
            .async(.POST, "/api/v1/users/user/status/update", .verified) { request in
                let principal = try request.principal()
                var form = try Validation(request.body)
                let (emoji, message) = (form.optionalText("status_emoji"), form.optionalText("status_message"))
                let expiresAt = form.optionalInteger("status_expires_at")
                try form.check()
                return try await answer { () async throws(APIError) in
                    try await users.updateStatus(principal, emoji: emoji, message: message, expiresAt: expiresAt).json()
                }
            },
        ]
    }

    private var permissions: [APIRoute] {
        let users = users
        return [
            .async(.GET, "/api/v1/users/permissions", .verified) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    try await users.permissions(of: principal).json
                }
            },
            .async(.GET, "/api/v1/users/default/permissions", .admin) { _ in
                try await answer { () async throws(APIError) in users.defaultPermissions.json }
            },
            .async(.POST, "/api/v1/users/default/permissions", .admin) { request in
                var form = try Validation(request.body)
                for section in ["workspace", "sharing", "chat", "features", "settings"] {
                    form.section(section)
                }
                try form.check()
                guard let tree = try? PermissionTree(json: request.body.readableBytesView) else {
                    throw Validation.invalidJSON(at: 0)
                }
                // What is not sent has its default, as Open WebUI's form has it.
                let whole = tree.completed(from: .defaults)
                return try await answer { () async throws(APIError) in
                    try await users.updateDefaultPermissions(whole)
                    return whole.json
                }
            },
        ]
    }

    /// Members of `changes` go before those of what is stored.
    static func merge(_ stored: String?, _ changes: [String: JSONValue]) -> String {
        var members: [String: JSONValue] = [:]
        if let stored, case .object(let old)? = try? JSONDecoder().decode(JSONValue.self, from: Data(stored.utf8)) {
            members = old
        }
        return JSONValue.object(members.merging(changes) { $1 }).encoded
    }
}
