import Contracts
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1
import Storage

/// API.md, "Users": the directory, for administrators. What people see and change of themselves is in `OwnUserRoutes`.
struct UsersRoutes: Sendable {
    let users: UserService
    let groups: GroupService
    let clock: @Sendable () -> Int64

    var routes: [APIRoute] { lists + single + changes }

    // MARK: Lists

    private var lists: [APIRoute] {
        let (users, clock) = (users, clock)
        return [
            .waiting(.GET, "/api/v1/users/", .admin) { request in
                let search = try Self.search(request, isDescending: false)
                do throws(APIError) {
                    return Self.page(try await users.page(search, as: .listedUser))
                } catch {
                    throw error.httpError
                }
            },
            .async(.GET, "/api/v1/users/all", .admin) { _ in
                try await answer { () async throws(APIError) in
                    let now = clock()
                    let found = try await users.search(UserSearch()) { $0.user.summary(now: now) }
                    return Self.page(found.users, found.total)
                }
            },
            .async(.GET, "/api/v1/users/search", .admin) { request in
                let search = try Self.search(request, isDescending: true)
                return try await answer { () async throws(APIError) in
                    let now = clock()
                    let found = try await users.search(search) { $0.user.summary(now: now) }
                    return Self.page(found.users, found.total)
                }
            },
        ]
    }

    private static func page(_ found: (json: [UInt8], total: Int)) -> HTTPResponse {
        var body = ByteBuffer()
        body.reserveCapacity(found.json.count + 40)
        body.writeStaticString("{\"users\":")
        body.writeBytes(found.json)
        body.writeString(",\"total\":\(found.total)}")
        return HTTPResponse(json: body)
    }

    private static func page(_ users: [String], _ total: Int) -> String {
        "{\"users\":\(JSONText.array(users)),\"total\":\(total)}"
    }

    /// `?query=&order_by=&direction=&page=`; an unknown order is passed over, as in Open WebUI.
    private static func search(_ request: HTTPRequest, isDescending: Bool) throws(HTTPError) -> UserSearch {
        var search = UserSearch()
        search.isDescending = isDescending
        let query = request.query
        search.text = query["query"] ?? ""
        guard !search.text.utf8.contains(0) else { throw Validation.queryText("query") }
        if let order = query["order_by"].flatMap(UserSearch.Order.init(rawValue:)) { search.order = order }
        if let direction = query["direction"] { search.isDescending = direction.lowercased() == "desc" }
        var page = 1
        if let text = query["page"] {
            guard let number = Int(text), number >= 1, number <= 1_000_000 else { throw Validation.query("page", text) }
            page = number
        }
        search.limit = UserService.pageSize
        search.offset = (page - 1) * UserService.pageSize
        return search
    }

    // MARK: One account

    private var single: [APIRoute] {
        let (users, groups, clock) = (users, groups, clock)
        return [
            .async(.GET, "/api/v1/users/{user_id}", .admin) { request in
                try await answer { () async throws(APIError) in
                    let record = try await users.find(Self.id(request))
                    let member = try await groups.of(userID: record.user.id).map { $0.json() }
                    let isActive = record.user.isActive(now: clock())
                    return record.json { object in
                        object.add("groups", json: JSONText.array(member))
                        object.add("is_active", isActive)
                    }
                }
            },
            .async(.GET, "/api/v1/users/{user_id}/info", .verified) { request in
                try Self.checkSelfOrAdmin(request)
                return try await answer { () async throws(APIError) in
                    let record = try await users.find(Self.id(request))
                    let member = try await groups.of(userID: record.user.id).map { $0.json() }
                    return record.user.summary(now: clock(), groups: member)
                }
            },
            .async(.GET, "/api/v1/users/{user_id}/groups", .verified) { request in
                try Self.checkSelfOrAdmin(request)
                return try await answer { () async throws(APIError) in
                    JSONText.array(try await groups.of(userID: Self.id(request)).map { $0.json() })
                }
            },
            .async(.GET, "/api/v1/users/{user_id}/oauth/sessions", .admin) { request in
                try await answer { () async throws(APIError) in
                    JSONText.array(try await users.oauthSessions(Self.id(request)).map(\.json))
                }
            },
            .async(.GET, "/api/v1/users/{user_id}/active", .verified) { request in
                try Self.checkSelfOrAdmin(request)
                return try await answer { () async throws(APIError) in
                    let isActive = try await users.find(Self.id(request)).user.isActive(now: clock())
                    return "{\"active\":\(isActive)}"
                }
            },
            .async(.GET, "/api/v1/users/{user_id}/profile/image", .anyone) { request in
                do throws(APIError) {
                    return ProfileImage.response(try await users.find(Self.id(request)).user.profileImageURL)
                } catch {
                    // Who is there is not a stranger's business: an unknown account looks like one without a picture.
                    return ProfileImage.response("")
                }
            },
        ]
    }

    // MARK: Changes

    private var changes: [APIRoute] {
        let users = users
        return [
            .async(.POST, "/api/v1/users/{user_id}/update", .admin, bodyLimit: 8 << 20) { request in
                let principal = try request.principal()
                var form = try Validation(request.body)
                let update = UserService.Update(
                    role: form.text("role"), name: form.text("name"), email: form.text("email"),
                    profileImageURL: form.text("profile_image_url"), password: form.optionalText("password"))
                try form.check()
                return try await answer { () async throws(APIError) in
                    try await users.update(Self.id(request), update, by: principal).json()
                }
            },
            .async(.PATCH, "/api/v1/users/{user_id}/job-priority", .admin) { request in
                var form = try Validation(request.body)
                let priority = form.integer("priority")
                try form.check()
                if !(1...10).contains(priority) {
                    form.problem("priority", type: "value_error", "Priority must be between 1 and 10.")
                }
                try form.check()
                return try await answer { () async throws(APIError) in
                    try await users.updateJobPriority(Self.id(request), priority).json()
                }
            },
            .async(.DELETE, "/api/v1/users/{user_id}", .admin) { request in
                let principal = try request.principal()
                return try await answer { () async throws(APIError) in
                    try await users.delete(Self.id(request), by: principal)
                    return "true"
                }
            },
        ]
    }

    private static func id(_ request: HTTPRequest) -> String { request.parameters["user_id"] ?? "" }

    /// What an administrator may see of anybody, people may see of themselves.
    private static func checkSelfOrAdmin(_ request: HTTPRequest) throws(HTTPError) {
        let principal = try request.principal()
        guard principal.role == .admin || principal.userID == id(request) else {
            throw APIError.accessProhibited.httpError
        }
    }
}
