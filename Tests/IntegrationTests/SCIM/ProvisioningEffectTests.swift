import Contracts
import FoundationEssentials
import Synchronization
import Testing

/// Turned off to end a load.
private final class Switch: Sendable {
    let isOn = Mutex(true)
}

@Suite("What provisioning does in the application")
struct ProvisioningEffectTests {
    @Test(
        "a deactivated account is out at the next request, and comes back with its role and keys",
        arguments: SCIMEngine.allCases)
    func deactivation(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        try await host.martlet.set(#"{"ENABLE_API_KEYS":true}"#, by: host.admin)
        let id = try await host.makeUser("una")
        let session = try await host.signIn(id, "una@test.example")
        let role = #"{"role":"admin","name":"una","email":"una@test.example","profile_image_url":"/user.png"}"#
        #expect(try await host.martlet.post("/api/v1/users/\(id)/update", token: host.admin, role).status == 200)
        let key = try await host.martlet.post("/api/v1/auths/api_key", token: session, "").json["api_key"]?.text ?? ""
        for token in [session, key] {
            #expect(try await host.martlet.get("/api/v1/users/", token: token).status == 200)
        }

        #expect(try await host.patch("/Users/\(id)", #"{"op":"replace","value":{"active":false}}"#).status == 200)
        for token in [session, key] {
            for path in ["/api/v1/auths/", "/api/v1/users/", "/api/v1/scim/v2/Users"] {
                #expect(try await host.martlet.get(path, token: token).status == 401, "\(path)")
            }
        }
        #expect(try await host.signInAnswer("una@test.example").status == 400)
        #expect(try await host.martlet.get("/api/v1/users/\(id)", token: host.admin).status == 200)

        #expect(try await host.patch("/Users/\(id)", #"{"op":"replace","value":{"active":true}}"#).status == 200)
        #expect(try await host.martlet.get("/api/v1/auths/", token: session).status == 401)
        #expect(try await host.martlet.get("/api/v1/users/", token: key).status == 200)
        let again = try await host.token(of: "una@test.example")
        #expect(try await host.martlet.get("/api/v1/users/", token: again).status == 200)
        await host.stop()
    }

    @Test("the last administrator stays; others' accounts and groups are not touched", arguments: SCIMEngine.allCases)
    func limits(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        let ada = try await host.martlet.get("/api/v1/auths/", token: host.admin).json["id"]?.text ?? ""
        let group =
            try await host.martlet.post(
                "/api/v1/groups/create", token: host.admin, #"{"name":"Own","description":""}"#
            ).json["id"]?.text ?? ""
        for (method, path, body) in Self.changes(ada, group) {
            #expect(try await host.call(method, path, body).status == 403, "\(method) \(path)")
        }
        #expect(try await host.find(#"userName eq "ada@test.example""#).count == 1)

        // Taken over, it is still the last administrator.
        try host.martlet.write(settings: [
            "OLLAMA_BASE_URLS": "", "ENABLE_SCIM": "true", "SCIM_TOKEN": host.token, "SCIM_ADOPT": "true",
            "DATABASE_URL": host.databaseURL,
        ])
        #expect(try await host.martlet.run("reload").code == 0)
        #expect(try await host.patch("/Users/\(ada)", #"{"op":"replace","path":"active","value":false}"#).status == 403)
        #expect(try await host.call("DELETE", "/Users/\(ada)").status == 403)
        let adopted = try await host.call(
            "POST", "/Users", #"{"userName":"ADA@test.example","externalId":"x","displayName":"Ada","active":true}"#)
        #expect(adopted.status == 201 && adopted.json["id"] == .string(ada), "\(adopted.body)")
        let me = try await host.martlet.get("/api/v1/auths/", token: host.admin)
        #expect(me.json["role"] == .string("admin") && me.json["name"] == .string("Ada"))
        #expect(
            try await host.patch("/Groups/\(group)", #"{"op":"add","path":"members","value":[{"value":"\#(ada)"}]}"#)
                .status == 200)
        await host.stop()
    }

    private static func changes(_ user: String, _ group: String) -> [(String, String, String?)] {
        [
            ("PATCH", "/Users/\(user)", #"{"Operations":[{"op":"replace","path":"active","value":false}]}"#),
            ("PUT", "/Users/\(user)", #"{"userName":"other@test.example"}"#), ("DELETE", "/Users/\(user)", nil),
            ("PATCH", "/Groups/\(group)", #"{"Operations":[{"op":"replace","path":"displayName","value":"X"}]}"#),
            ("DELETE", "/Groups/\(group)", nil),
        ]
    }

    @Test(
        "membership brings a group's rights at the next request; a delete leaves nothing behind",
        arguments: SCIMEngine.allCases)
    func rights(engine: SCIMEngine) async throws {
        let host = try await ProvisioningHost.start(engine)
        let id = try await host.makeUser("una")
        let session = try await host.signIn(id, "una@test.example")
        let group = try await host.makeGroup("Keys")
        let update =
            #"{"name":"Keys","description":"","permissions":{"features":{"notes":false,"direct_tool_servers":true}}}"#
        #expect(
            try await host.martlet.post("/api/v1/groups/id/\(group)/update", token: host.admin, update).status == 200)
        func right() async throws -> JSONValue? {
            try await host.martlet.get("/api/v1/users/permissions", token: session)
                .json["features"]?["direct_tool_servers"]
        }
        #expect(try await right() == .bool(false))
        _ = try await host.patch("/Groups/\(group)", #"{"op":"add","path":"members","value":[{"value":"\#(id)"}]}"#)
        #expect(try await right() == .bool(true))
        #expect(try await host.call("DELETE", "/Users/\(id)").status == 204)
        #expect(try await host.martlet.get("/api/v1/auths/", token: session).status == 401)
        #expect(try await host.signInAnswer("una@test.example").status == 400)
        #expect(try await host.call("GET", "/Groups/\(group)").json["members"] == nil)
        #expect(try await host.makeUser("una") != id)
        await host.stop()
    }

    @Test("accounts sign in by a trusted header, into the default group, with their own e-mail")
    func trustedHeader() async throws {
        let host = try await ProvisioningHost.start(
            .sqlite,
            [
                "WEBUI_AUTH_TRUSTED_EMAIL_HEADER": "x-email", "MARTLET_TRUSTED_PROXIES": "127.0.0.1",
            ])
        let id = try await host.makeUser("una", #","emails":[{"value":"Una.Work@x.test","type":"work"}]"#)
        let answer = try await HTTP.call(
            "POST", host.martlet.base + "/api/v1/auths/signin", body: #"{"email":"","password":""}"#,
            headers: [("x-email", "una.work@x.test")])
        #expect(answer.status == 200 && answer.json["id"] == .string(id), "\(answer.body)")
        #expect(answer.json["role"] == .string("user"))
        await host.stop()
    }

    @Test("a stopped daemon is 503 in SCIM's form with Retry-After, a restart costs nothing, tokens rotate")
    func life() async throws {
        let host = try await ProvisioningHost.start(.sqlite)
        let token = try await host.martlet.run("scim", "token", "add", "entra")
        let secret = token.output.filter { !$0.isWhitespace }
        #expect(token.code == 0 && secret.hasPrefix("scim_"))
        #expect(try await host.call("GET", "/Users", token: secret).status == 200)
        #expect(try await host.martlet.run("scim", "token", "list").output.contains("entra"))
        #expect(try await host.martlet.run("scim", "token", "remove", "entra").code == 0)
        #expect(try await host.call("GET", "/Users", token: secret).status == 401)

        let isLoaded = Switch()
        let load = Task {
            var statuses: Set<Int> = []
            while isLoaded.isOn.withLock({ $0 }) {
                statuses.insert(try await host.call("GET", "/Users?count=1").status)
            }
            return statuses
        }
        for _ in 0..<3 { #expect(try await host.martlet.run("restart", "scim").code == 0) }
        isLoaded.isOn.withLock { $0 = false }
        #expect(try await load.value == [200])

        #expect(try await host.martlet.run("stop", "scim").code == 0)
        let requests: [(String, String, String?)] = [
            ("GET", "/Users", nil), ("POST", "/Users", #"{"userName":"late@x.test"}"#),
        ]
        for (method, path, body) in requests {
            let answer = try await host.call(method, path, body)
            #expect(answer.status == 503 && answer.headers["retry-after"] != nil && answer.json["status"] != nil)
        }
        #expect(try await host.martlet.get("/health").status == 200)
        #expect(try await host.martlet.run("start", "scim").code == 0)
        // What was refused while it was stopped was not done afterwards.
        #expect(try await host.find(#"userName eq "late@x.test""#).isEmpty)
        await host.stop()
    }
}
