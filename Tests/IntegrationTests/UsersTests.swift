import Contracts
import FoundationEssentials
import Testing

/// API.md, "Users" and "Groups", through the real server.
@Suite("Users and groups")
struct UsersTests {
    struct Case: Sendable {
        var method: String
        var path: String
        /// As guest, pending, user, other user, administrator.
        var expected: [Int]
        var body: String?
        init(_ method: String, _ path: String, _ expected: [Int], _ body: String? = nil) {
            (self.method, self.path, self.expected, self.body) = (method, path, expected, body)
        }
    }

    @Test("each route lets in whom it should, and tells the others nothing")
    func roles() async throws {
        let people = try await People.start()
        let una = people.id("una")
        let group = try await people.martlet.post(
            "/api/v1/groups/create", token: people.admin, #"{"name":"Secret team","description":"d"}"#)
        let id = try #require(group.json["id"]?.text)
        let adminOnly = [401, 403, 403, 403, 200]
        let cases: [Case] = [
            .init("GET", "/api/v1/users/", adminOnly), .init("GET", "/api/v1/users", adminOnly),
            .init("GET", "/api/v1/users/all", adminOnly), .init("GET", "/api/v1/users/search?query=una", adminOnly),
            .init("GET", "/api/v1/users/groups", [401, 403, 200, 200, 200]),
            .init("GET", "/api/v1/users/permissions", [401, 403, 200, 200, 200]),
            .init("GET", "/api/v1/users/default/permissions", adminOnly),
            .init("GET", "/api/v1/users/user/settings", [401, 403, 200, 200, 200]),
            .init("GET", "/api/v1/users/user/status", [401, 403, 200, 200, 200]),
            .init("GET", "/api/v1/users/user/info", [401, 403, 200, 200, 200]),
            .init(
                "POST", "/api/v1/users/user/settings/update", [401, 403, 200, 200, 200], #"{"ui":{"theme":"dark"}}"#),
            .init("POST", "/api/v1/users/user/info/update", [401, 403, 200, 200, 200], #"{"location":"Berlin"}"#),
            .init(
                "POST", "/api/v1/users/user/status/update", [401, 403, 200, 200, 200], #"{"status_emoji":"rocket"}"#),
            .init("GET", "/api/v1/users/\(una)", adminOnly),
            .init("GET", "/api/v1/users/\(una)/info", [401, 403, 200, 403, 200]),
            .init("GET", "/api/v1/users/\(una)/active", [401, 403, 200, 403, 200]),
            .init("GET", "/api/v1/users/\(una)/groups", [401, 403, 200, 403, 200]),
            .init("GET", "/api/v1/users/\(una)/oauth/sessions", [401, 403, 403, 403, 400]),
            .init("GET", "/api/v1/users/\(una)/profile/image", [200, 200, 200, 200, 200]),
            .init("PATCH", "/api/v1/users/\(una)/job-priority", adminOnly, #"{"priority":8}"#),
            .init("GET", "/api/v1/groups/", adminOnly), .init("GET", "/api/v1/groups/id/\(id)", adminOnly),
            .init("GET", "/api/v1/groups/id/\(id)/info", [401, 403, 200, 200, 200]),
            .init("GET", "/api/v1/groups/id/\(id)/export", adminOnly),
            .init("POST", "/api/v1/groups/id/\(id)/users", adminOnly, "{}"),
            .init("POST", "/api/v1/groups/id/\(id)/users/add", adminOnly, #"{"user_ids":["\#(una)"]}"#),
            .init("POST", "/api/v1/groups/id/\(id)/users/remove", adminOnly, #"{"user_ids":["\#(una)"]}"#),
            .init("DELETE", "/api/v1/groups/id/\(id)/users/delete", adminOnly, #"{"user_ids":["\#(una)"]}"#),
            .init("POST", "/api/v1/groups/id/\(id)/update", adminOnly, #"{"name":"Secret team","description":"e"}"#),
            .init("POST", "/api/v1/groups/create", adminOnly, #"{"name":"Secret team","description":"e"}"#),
            .init("DELETE", "/api/v1/groups/id/\(id)/delete", adminOnly),
            .init("GET", "/api/v1/groups/id/nope", [401, 403, 403, 403, 404]),
            .init("GET", "/api/v1/users/nope", [401, 403, 403, 403, 400]),
        ]
        for item in cases {
            let outcome = try await people.asEverybody(item.method, item.path, item.body, mustNotAppear: "Secret team")
            #expect(outcome.statuses == item.expected, "\(item.method) \(item.path)")
            #expect(outcome.leaks == [])
        }
        await people.martlet.stop()
    }

    @Test("pages, searches and orders are made by the server; a search is no pattern")
    func directory() async throws {
        let people = try await People.start()
        func names(_ query: String) async throws -> [String] {
            let answer = try await people.martlet.get("/api/v1/users/\(query)", token: people.admin)
            #expect(answer.status == 200, "\(query)")
            return (answer.json["users"]?.elements ?? []).compactMap { $0["name"]?.text }
        }
        // By the time of the sign-up, which is in seconds: these may be equal.
        #expect(try await Set(names("")) == ["ada", "pen", "una", "otto"])
        #expect(try await names("?order_by=name&direction=asc") == ["ada", "otto", "pen", "una"])
        #expect(try await names("?order_by=name&direction=desc") == ["una", "pen", "otto", "ada"])
        #expect(try await names("?query=OTTO@") == ["otto"])
        #expect(try await names("?query=%25") == [])
        #expect(try await names("?query=_na") == [])
        #expect(try await names("?query=x'%20OR%201=1%20--") == [])
        #expect(try await names("?page=2") == [])
        for page in ["0", "x", "-1", "99999999999999999999"] {
            #expect(try await people.martlet.get("/api/v1/users/?page=\(page)", token: people.admin).status == 422)
        }
        let found = try await people.martlet.get("/api/v1/users/search?query=una", token: people.admin).json
        #expect(found["total"] == .integer(1))
        #expect(found["users"]?.elements?.first?["is_active"] == .bool(true))
        await people.martlet.stop()
    }

    @Test("an account is told the same in a list and alone")
    func listedAndAlone() async throws {
        let people = try await People.start()
        let (martlet, una) = (people.martlet, people.id("una"))
        let group = try await martlet.post(
            "/api/v1/groups/create", token: people.admin, #"{"name":"Team","description":"d"}"#)
        let groupID = try #require(group.json["id"]?.text)
        _ = try await martlet.post(
            "/api/v1/groups/id/\(groupID)/users/add", token: people.admin, #"{"user_ids":["\#(una)"]}"#)
        _ = try await martlet.post(
            "/api/v1/users/user/settings/update", token: people.user, #"{"ui":{"theme":"\u2028\"\\ \ud83d\ude80"}}"#)
        _ = try await martlet.post(
            "/api/v1/users/user/status/update", token: people.user,
            #"{"status_emoji":"\ud83d\ude80","status_message":"a\"b\\\n\u0001\u2028","status_expires_at":5}"#)
        let list = try await martlet.get("/api/v1/users/?page=1", token: people.admin).json["users"]?.elements ?? []
        #expect(list.count == 4)
        for case .object(var listed) in list {
            let id = try #require(listed["id"]?.text)
            let alone = try await martlet.get("/api/v1/users/\(id)", token: people.admin)
            var members: [String: JSONValue] = [:]
            if case .object(let found) = alone.json { members = found }
            #expect(listed.removeValue(forKey: "group_ids") == .array(id == una ? [.string(groupID)] : []))
            for name in ["groups", "is_active"] { #expect(members.removeValue(forKey: name) != nil) }
            #expect(listed == members)
        }
        await people.martlet.stop()
    }

    @Test("demotion and deletion hold at the next request; the first administrator is safe")
    func rightsHoldAtOnce() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        func update(_ name: String, role: String, by token: String) async throws -> HTTP.Answer {
            try await martlet.post(
                "/api/v1/users/\(people.id(name))/update", token: token,
                #"{"role":"\#(role)","name":"\#(name)","email":"\#(name)@test.example","profile_image_url":"/user.png"}"#
            )
        }
        #expect(try await martlet.get("/api/v1/users/permissions", token: people.user).status == 200)
        #expect(try await update("una", role: "pending", by: people.admin).status == 200)
        #expect(try await martlet.get("/api/v1/users/permissions", token: people.user).status == 403)
        #expect(try await update("una", role: "admin", by: people.admin).status == 200)
        #expect(try await martlet.get("/api/v1/users/", token: people.user).status == 200)
        // The second administrator can neither demote nor delete the first, nor the first itself.
        #expect(try await update("ada", role: "user", by: people.user).status == 403)
        #expect(try await update("ada", role: "user", by: people.admin).status == 403)
        for token in [people.user, people.admin] {
            let answer = try await HTTP.call("DELETE", martlet.base + "/api/v1/users/\(people.id("ada"))", token: token)
            #expect(answer.status == 403)
        }
        #expect(try await update("otto", role: "owner", by: people.admin).status == 400)
        let taken = try await martlet.post(
            "/api/v1/users/\(people.id("otto"))/update", token: people.admin,
            #"{"role":"user","name":"o","email":"UNA@test.example","profile_image_url":""}"#)
        #expect(taken.status == 400)
        #expect(taken.json["detail"]?.text?.contains("already registered") == true)
        #expect(try await martlet.get("/api/v1/auths/", token: people.other).status == 200)
        let path = martlet.base + "/api/v1/users/\(people.id("otto"))"
        #expect(try await HTTP.call("DELETE", path, token: people.admin).body == "true")
        #expect(try await martlet.get("/api/v1/auths/", token: people.other).status == 401)
        #expect(try await HTTP.call("DELETE", path, token: people.admin).body == "true")
        await martlet.stop()
    }

    @Test("a group's permissions reach its members at once, and leave with the membership")
    func groupPermissions() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let created = try await martlet.post(
            "/api/v1/groups/create", token: people.admin,
            #"{"name":"T","description":"","permissions":{"workspace":{"tools":true}}}"#)
        let id = try #require(created.json["id"]?.text)
        func mayUseTools() async throws -> JSONValue? {
            try await martlet.get("/api/v1/users/permissions", token: people.user).json["workspace"]?["tools"]
        }
        #expect(try await mayUseTools() == .bool(false))
        let added = try await martlet.post(
            "/api/v1/groups/id/\(id)/users/add", token: people.admin, #"{"user_ids":["\#(people.id("una"))","nobody"]}"#
        )
        #expect(added.json["member_count"] == .integer(1))
        #expect(try await mayUseTools() == .bool(true))
        _ = try await martlet.post(
            "/api/v1/groups/id/\(id)/users/remove", token: people.admin, #"{"user_ids":["\#(people.id("una"))"]}"#)
        #expect(try await mayUseTools() == .bool(false))
        // The defaults: saved, whole, and for everybody.
        let current = try await martlet.get("/api/v1/users/default/permissions", token: people.admin)
        let changed = current.body.replacing(#""tools":false"#, with: #""tools":true"#)
        #expect(try await martlet.post("/api/v1/users/default/permissions", token: people.admin, changed).status == 200)
        #expect(try await mayUseTools() == .bool(true))
        let wrong = try await martlet.post(
            "/api/v1/users/default/permissions", token: people.admin, #"{"workspace":1}"#)
        #expect(wrong.status == 422)
        await martlet.stop()
    }

    @Test("settings and info are merged member by member; wrong forms are 422 and change nothing")
    func ownSettings() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let path = "/api/v1/users/user/settings"
        #expect(try await martlet.get(path, token: people.user).body == "null")
        _ = try await martlet.post(path + "/update", token: people.user, #"{"ui":{"a":1},"x":1}"#)
        let merged = try await martlet.post(path + "/update", token: people.user, #"{"ui":{"b":2}}"#)
        #expect(merged.json == .object(["ui": .object(["b": .integer(2)]), "x": .integer(1)]))
        for wrong in [#"{"ui":1}"#, "[]", "{", ""] {
            #expect(try await martlet.post(path + "/update", token: people.user, wrong).status == 422)
        }
        #expect(try await martlet.get(path, token: people.user).json == merged.json)
        #expect(try await martlet.get(path, token: people.other).body == "null")
        for (priority, status) in [("0", 422), ("11", 422), (#""x""#, 422), ("8", 200)] {
            let answer = try await HTTP.call(
                "PATCH", martlet.base + "/api/v1/users/\(people.id("una"))/job-priority", token: people.admin,
                body: "{\"priority\":\(priority)}")
            #expect(answer.status == status)
        }
        #expect(try await martlet.post("/api/v1/groups/create", token: people.admin, "{}").status == 422)
        #expect(try await martlet.get("/api/v1/users/?query=a%00", token: people.admin).status == 422)
        let body = #"{"name":"a\u0000b","description":""}"#
        #expect(try await martlet.post("/api/v1/groups/create", token: people.admin, body).status == 422)
        #expect(try await martlet.get("/api/v1/users/a%00b", token: people.admin).status == 400)
        await martlet.stop()
    }
}
