import Contracts
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// API.md, "Auths": what people change of their account, and accounts that administrators make.
struct AccountRoutes: Sendable {
    let accounts: AccountService
    let board: SettingsBoard
    let audit: AuditLog

    var routes: [APIRoute] { own + administration }

    private var own: [APIRoute] {
        [
            .async(.POST, "/api/v1/auths/update/password", .verified) { request in
                try await changePassword(request, answering: "true")
            },
            .async(.POST, "/api/v1/auths/password/update", .verified) { request in
                try await changePassword(request, answering: #"{"message":"The password was changed."}"#)
            },
            .async(.POST, "/api/v1/auths/update/profile", .verified) { request in
                let principal = try request.principal()
                var form = try Validation(request.body)
                let profile = AccountService.Profile(
                    name: form.text("name"), imageURL: form.text("profile_image_url"), bio: form.optionalText("bio"),
                    gender: form.optionalText("gender"), dateOfBirth: Self.date("date_of_birth", &form))
                try form.check()
                return try await answer { () async throws(APIError) in
                    let user = try await accounts.updateProfile(principal, profile)
                    var json = JSONObjectText()
                    json.add("id", user.id)
                    json.add("name", user.name)
                    json.add("role", user.role)
                    json.add("email", user.email)
                    json.add("profile_image_url", user.profileImageURL)
                    return json.text
                }
            },
            .async(.POST, "/api/v1/auths/update/timezone", .authenticated) { request in
                let principal = try request.principal()
                var form = try Validation(request.body)
                let timezone = form.text("timezone")
                if timezone.utf8.count > 255 {
                    form.problem("timezone", type: "string_too_long", "String should have at most 255 characters")
                }
                try form.check()
                return try await answer { () async throws(APIError) in
                    try await accounts.updateTimezone(principal, timezone)
                    return #"{"status":true}"#
                }
            },
        ]
    }

    private var administration: [APIRoute] {
        [
            .async(.POST, "/api/v1/auths/add", .admin) { request in
                var form = try Validation(request.body)
                let (name, email, password) = (form.text("name"), form.text("email"), form.text("password"))
                let role = form.optionalText("role") ?? "pending"
                let image = form.optionalText("profile_image_url") ?? "/user.png"
                try form.check()
                return try await answer { () async throws(APIError) in
                    let made = try await accounts.add(
                        name: name, email: email, password: password, role: role, profileImageURL: image)
                    var json = JSONObjectText()
                    json.add("id", made.user.id)
                    json.add("name", made.user.name)
                    json.add("role", made.user.role)
                    json.add("email", made.user.email)
                    json.add("profile_image_url", "/api/v1/users/\(made.user.id)/profile/image")
                    json.add("token", made.token)
                    json.add("token_type", "Bearer")
                    return json.text
                }
            },
            .async(.GET, "/api/v1/auths/admin/details", .authenticated) { _ in
                try await answer { () async throws(APIError) in
                    let (name, email) = try await accounts.administrator()
                    var json = JSONObjectText()
                    json.add("name", name)
                    json.add("email", email)
                    return json.text
                }
            },
            .async(.POST, "/api/v1/auths/admin/details", .admin) { request in
                var form = try Validation(request.body)
                let email = form.text("email")
                try form.check()
                return try await answer { () async throws(APIError) in
                    let (record, hasAPIKey) = try await accounts.details(email: email)
                    var json = JSONObjectText()
                    json.add("id", record.user.id)
                    json.add("name", record.user.name)
                    json.add("email", record.user.email)
                    json.add("role", record.user.role)
                    json.add("created_at", record.user.createdAt)
                    json.add("last_active_at", record.user.lastActiveAt)
                    json.add("groups", json: JSONText.array(record.groupIDs.map(JSONText.quoted)))
                    json.add("oauth", json: record.oauth)
                    json.add("api_key", hasAPIKey)
                    return json.text
                }
            },
        ]
    }

    private func changePassword(
        _ request: HTTPRequest, answering text: String
    ) async throws(HTTPError) -> HTTPResponse {
        let principal = try request.principal()
        var form = try Validation(request.body)
        let (old, new) = (form.text("password"), form.text("new_password"))
        try form.check()
        var result = "success"
        defer {
            audit.record(
                "password-change", result, userID: principal.userID, email: principal.email,
                source: board.front.source(request), requestID: request.requestID)
        }
        do throws(APIError) {
            try await accounts.changePassword(principal, from: old, to: new)
            return HTTPResponse(json: ByteBuffer(string: text))
        } catch {
            result = "\(error.status)"
            throw error.httpError
        }
    }

    /// `YYYY-MM-DD`, absent or null; an empty text counts as absent.
    private static func date(_ name: String, _ form: inout Validation) -> String? {
        guard let text = form.optionalText(name), !text.isEmpty else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isShaped = parts.map(\.utf8.count) == [4, 2, 2] && parts.allSatisfy { $0.allSatisfy(\.isASCII) }
        let numbers = parts.compactMap { Int($0) }
        guard isShaped, numbers.count == 3, numbers[0] > 0, isDay(numbers[0], numbers[1], numbers[2]) else {
            form.problem(name, type: "date_from_datetime_parsing", "Input should be a valid date")
            return nil
        }
        return text
    }

    private static func isDay(_ year: Int, _ month: Int, _ day: Int) -> Bool {
        guard (1...12).contains(month), day >= 1 else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return day <= lengths[month - 1]
    }
}
