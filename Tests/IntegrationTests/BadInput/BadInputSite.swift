import Contracts
import FoundationEssentials
import NIOCore
import Storage
import Testing

/// A server with people and a group, and every route of Auths, Users, Groups and Configs that takes JSON.
struct BadInputSite {
    let people: People
    let group: String
    let routes: [BodyRoute]
    /// Of PostgreSQL; nil: the embedded engine.
    let databaseURL: String?
    var martlet: Martlet { people.martlet }

    static func start(databaseURL: String? = nil) async throws -> BadInputSite {
        let people = try await People.start(file: databaseURL.map { ["DATABASE_URL": $0] } ?? [:])
        let created = try await people.martlet.post(
            "/api/v1/groups/create", token: people.admin, #"{"name":"G","description":"d"}"#)
        let group = try #require(created.json["id"]?.text)
        let routes =
            try await accountRoutes(people) + settingRoutes(people) + directoryRoutes(people, group)
        return BadInputSite(people: people, group: group, routes: routes, databaseURL: databaseURL)
    }

    private static let person = #""name":"x","email":"new@test.example","password":"p""#

    private static func accountRoutes(_ people: People) throws -> [BodyRoute] {
        let auths = "/api/v1/auths/"
        let credentials = try JSONValue(#"{"user":"u","password":"p"}"#)
        let change = try JSONValue(#"{"password":"wrong","new_password":"y"}"#)
        return [
            BodyRoute("POST", auths + "signup", .guest, try JSONValue("{\(person)}"), isSlow: true),
            BodyRoute(
                "POST", auths + "signin", .guest, try JSONValue(#"{"email":"no@test.example","password":"p"}"#),
                isSlow: true),
            BodyRoute("POST", auths + "ldap", .guest, credentials),
            BodyRoute("POST", auths + "ldap/signin", .guest, credentials),
            BodyRoute("POST", auths + "oauth/oidc/token/exchange", .guest, try JSONValue(#"{"token":"t"}"#)),
            BodyRoute(
                "POST", auths + "add", .administrator,
                try JSONValue(#"{\#(person),"role":"user","profile_image_url":"/user.png"}"#), isSlow: true),
            BodyRoute(
                "POST", auths + "update/profile", .user,
                try JSONValue(
                    #"""
                    {"name":"una","profile_image_url":"/u.png","bio":"b","gender":"g","date_of_birth":"2000-01-01"}
                    """#)),
            BodyRoute("POST", auths + "update/timezone", .user, try JSONValue(#"{"timezone":"Europe/Berlin"}"#)),
            BodyRoute("POST", auths + "update/password", .user, change, isSlow: true),
            BodyRoute("POST", auths + "password/update", .user, change, isSlow: true),
            BodyRoute("POST", auths + "admin/details", .administrator, try JSONValue(#"{"email":"una@test.example"}"#)),
        ]
    }

    private static func settingRoutes(_ people: People) async throws -> [BodyRoute] {
        func current(_ path: String) async throws -> JSONValue {
            try await people.martlet.get(path, token: people.admin).json
        }
        let (auths, configs) = ("/api/v1/auths/", "/api/v1/configs/")
        let admin = try await current(auths + "admin/config")
        let server = try JSONValue(
            #"""
            {"label":"L","host":"h","port":389,"attribute_for_mail":"mail","attribute_for_username":"uid",
            "app_dn":"a","app_dn_password":"b","search_base":"c","search_filters":"","use_tls":true,
            "certificate_path":"","validate_cert":true,"ciphers":"ALL"}
            """#)
        let banners = try JSONValue(
            #"{"banners":[{"id":"a","type":"info","title":"t","content":"c","dismissible":true,"timestamp":1}]}"#)
        let tools = try JSONValue(
            #"{"TOOL_SERVER_CONNECTIONS":[{"url":"u","path":"p","auth_type":"none","key":"k","config":{}}]}"#)
        let models = try JSONValue(
            #"{"DEFAULT_MODELS":"a","DEFAULT_PINNED_MODELS":"b","MODEL_ORDER_LIST":["c"]}"#)
        func route(_ path: String, _ valid: JSONValue, free: Set<String> = []) -> BodyRoute {
            BodyRoute("POST", path, .administrator, valid, free: free)
        }
        return [
            route(auths + "config/update", admin.merging(.object(["ENABLE_LDAP": .bool(false)]))),
            route(auths + "admin/config", admin), route(auths + "admin/config/update", admin),
            route(auths + "token/config/update", .object(["JWT_EXPIRES_IN": .string("4w")])),
            route(auths + "oauth/config/update", try await current(auths + "oauth/config")),
            route(auths + "admin/config/ldap", .object(["enable_ldap": .bool(false)])),
            route(auths + "admin/config/ldap/server", server),
            route(auths + "ldap/config/update", .object(["ENABLE_LDAP": .bool(false), "server": server])),
            route(configs + "update", try JSONValue(#"{"ui":{"theme":"t"},"other":{"a":1}}"#), free: ["other"]),
            route(configs + "import", try JSONValue(#"{"config":{"ui":{"enable_signup":true},"other":"y"}}"#)),
            route(configs + "banners", banners), route(configs + "banners/update", banners),
            route(configs + "suggestions", try JSONValue(#"{"suggestions":[{"title":["a","b"],"content":"c"}]}"#)),
            route(
                configs + "connections",
                try JSONValue(#"{"ENABLE_DIRECT_CONNECTIONS":false,"ENABLE_BASE_MODELS_CACHE":false}"#)),
            route(configs + "models", models),
            route(configs + "code_execution", try await current(configs + "code_execution")),
            route(configs + "tool_servers", tools),
            route(
                configs + "tool_servers/verify",
                try JSONValue(#"{"url":"http://127.0.0.1:1","path":"x","key":"k","auth_type":"bearer"}"#)),
            route("/api/webhook", .object(["url": .string("https://hooks.example")])),
            route(
                "/api/v1/users/default/permissions", try await current("/api/v1/users/default/permissions")),
        ]
    }

    private static func directoryRoutes(_ people: People, _ group: String) throws -> [BodyRoute] {
        let (users, groups) = ("/api/v1/users/", "/api/v1/groups/")
        let fields = try JSONValue(
            #"{"name":"H","description":"d","permissions":{"chat":{"call":true}},"data":{"k":"v"}}"#)
        let members = JSONValue.object(["user_ids": .array([.string(people.id("una"))])])
        return [
            BodyRoute(
                "POST", users + "user/settings/update", .user,
                try JSONValue(#"{"ui":{"theme":"dark","n":1},"x":{"y":"z"}}"#), free: ["x"]),
            BodyRoute(
                "POST", users + "user/info/update", .user, try JSONValue(#"{"location":"B","deep":{"a":["b"]}}"#),
                free: ["location", "deep"]),
            BodyRoute(
                "POST", users + "user/status/update", .user,
                try JSONValue(#"{"status_emoji":"e","status_message":"m","status_expires_at":5}"#)),
            BodyRoute(
                "POST", users + "\(people.id("otto"))/update", .administrator,
                try JSONValue(
                    #"{"role":"user","name":"otto","email":"otto@test.example","profile_image_url":"/u.png"}"#)),
            BodyRoute(
                "PATCH", users + "\(people.id("otto"))/job-priority", .administrator,
                .object(["priority": .integer(5)])),
            BodyRoute("POST", groups + "create", .administrator, fields),
            BodyRoute("POST", groups + "id/\(group)/update", .administrator, fields),
            BodyRoute("POST", groups + "id/\(group)/users/add", .administrator, members),
            BodyRoute("POST", groups + "id/\(group)/users/remove", .administrator, members),
            BodyRoute("DELETE", groups + "id/\(group)/users/delete", .administrator, members),
        ]
    }

    // MARK: Asking

    func token(_ caller: BodyRoute.Caller) -> String? {
        switch caller {
        case .guest: nil
        case .user: people.user
        case .administrator: people.admin
        }
    }

    func send(_ route: BodyRoute, _ body: [UInt8]) async throws -> HTTP.Answer {
        try await send(route, ByteBuffer(bytes: body))
    }

    func send(_ route: BodyRoute, _ body: ByteBuffer) async throws -> HTTP.Answer {
        try await HTTP.call(
            route.method, martlet.base + route.path, token: token(route.caller), bytes: body,
            headers: [("content-type", "application/json")])
    }

    /// Runs a body on each route, a few at a time.
    func onEachRoute(_ body: @escaping @Sendable (BodyRoute) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, route) in routes.enumerated() {
                if index >= 4 { try await tasks.next() }
                tasks.addTask { try await body(route) }
            }
            try await tasks.waitForAll()
        }
    }

    /// What is wrong in the form of an answer: JSON, and FastAPI's `detail` in a refusal. Nil: nothing.
    static func fault(_ answer: HTTP.Answer) -> String? {
        guard answer.status < 500 else { return "status \(answer.status)" }
        guard answer.headers["content-type"] == "application/json", (try? JSONValue(json: answer.body.utf8)) != nil
        else { return "no JSON" }
        guard answer.status >= 400 else { return nil }
        if let text = answer.json["detail"]?.text { return text.isEmpty ? "an empty detail" : nil }
        guard let problems = answer.json["detail"]?.elements, !problems.isEmpty else { return "no detail" }
        let isWhole = problems.allSatisfy {
            $0["type"]?.text != nil && $0["msg"]?.text != nil && $0["loc"]?.elements?.isEmpty == false
        }
        return isWhole ? nil : "a problem without type, msg or loc"
    }

    /// What lies in the database, apart from the audit and from when people were last seen.
    func state() async throws -> [String: [String]] {
        let database = try databaseURL.map { try Database.open(url: $0) } ?? .open(path: martlet.data + "/webui.db")
        let state = try await database.read { session in
            let columns = [
                "\"user\"": [
                    "id", "name", "email", "role", "profile_image_url", "bio", "gender", "date_of_birth", "timezone",
                    "status_emoji", "status_message", "status_expires_at", "info", "settings", "job_priority",
                ],
                "auth": ["id", "email", "password"], "api_key": ["id", "key"], "config": ["data"],
                "\"group\"": ["id", "name", "description", "data", "permissions"],
                "group_member": ["group_id", "user_id"], "oauth_session": ["id"],
                "martlet_revoked_session": ["jti"], "martlet_session_floor": ["user_id"],
            ]
            var state: [String: [String]] = [:]
            for (table, names) in columns {
                let list = names.map { "CAST(\($0) AS TEXT)" }.joined(separator: ", ")
                state[table] = try session.rows("SELECT \(list) FROM \(table)", []) { row in
                    try names.indices.map { try row.optionalText($0) ?? "NULL" }.joined(separator: " | ")
                }.sorted()
            }
            return state
        }
        try await database.close()
        return state
    }
}
