import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// The whole server on PostgreSQL in place of the embedded database.
@Suite("On PostgreSQL")
struct PostgreSQLTests {
    @Test("sign-up, chat, groups and rights work, and outlive every daemon; the password stays out of sight")
    func wholeWay() async throws {
        let postgres = try await PostgreSQLHost()
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(
            file: ["DATABASE_URL": postgres.url, "OLLAMA_BASE_URLS": stub.url, "ENABLE_PERSISTENT_CONFIG": "true"])
        let token = try await martlet.signUp("ada")
        #expect(try await martlet.chat(token: token).status == 200)
        // The first account has closed the door, and that was saved.
        let second = #"{"name":"pen","email":"pen@test.example","password":"Secret-1"}"#
        #expect(try await martlet.post("/api/v1/auths/signup", second).status == 403)
        let group = try await martlet.post(
            "/api/v1/groups/create", token: token,
            #"{"name":"T","description":"d","permissions":{"chat":{"call":true}}}"#)
        let id = try #require(group.json["id"]?.text)
        let me = try #require(try await martlet.get("/api/v1/auths/", token: token).json["id"]?.text)
        let added = try await martlet.post(
            "/api/v1/groups/id/\(id)/users/add", token: token, #"{"user_ids":["\#(me)","nobody"]}"#)
        #expect(added.json["member_count"] == .integer(1))
        let list = try await martlet.get("/api/v1/users/?query=ADA&order_by=name", token: token)
        #expect(list.json["users"]?.elements?.first?["group_ids"] == .array([.string(id)]))
        let defaults = try await martlet.get("/api/v1/users/default/permissions", token: token)
        let changed = defaults.body.replacing(#""tools":false"#, with: #""tools":true"#)
        #expect(try await martlet.post("/api/v1/users/default/permissions", token: token, changed).status == 200)

        for command in ["restart api", "upgrade"] {
            let words = command.split(separator: " ").map(String.init) + ["--runtime-dir", martlet.runtime]
            let answer = try await Martlet.run(words)
            #expect(answer.code == 0, "\(command): \(answer.output)\n\(martlet.log)")
        }
        #expect(try await martlet.get("/api/v1/users/groups", token: token).json.elements?.count == 1)
        let kept = try await martlet.get("/api/v1/users/default/permissions", token: token)
        #expect(kept.json["workspace"]?["tools"] == .bool(true))
        #expect(try await martlet.post("/api/v1/auths/signup", second).status == 403)
        #expect(
            try await martlet.run("doctor", "--config", martlet.directory + "/martlet.env").output.contains(
                "PostgreSQL answers"))
        #expect(!(try await martlet.run("config").output.contains(postgres.directory)))
        #expect(!martlet.log.contains(postgres.directory))
        await martlet.stop()
        await stub.stop()
        await postgres.stop()
    }

    @Test("while the server is away it is said so at once; when it is back all goes on")
    func outage() async throws {
        let postgres = try await PostgreSQLHost()
        let martlet = try await Martlet.start(file: ["DATABASE_URL": postgres.url, "OLLAMA_BASE_URLS": ""])
        let token = try await martlet.signUp("ada")
        #expect(try await martlet.get("/readyz").status == 200)
        await postgres.interrupt()
        try await eventually("it is noticed") { try await martlet.get("/readyz").status == 503 }
        #expect(try await martlet.get("/health").status == 200)
        #expect(try await martlet.get("/api/v1/auths/", token: token).status == 503)
        try await postgres.start()
        try await eventually("it goes on") { try await martlet.get("/readyz").status == 200 }
        try await eventually("requests go on") { try await martlet.get("/api/v1/auths/", token: token).status == 200 }
        #expect(try await martlet.status().daemons.allSatisfy { $0.restarts == 0 })
        await martlet.stop()
        await postgres.stop()
    }

    @Test("a server that is not there, or a wrong URL, is told with what to do")
    func badURL() async throws {
        let wrong = try await Martlet.run(["serve", "--set", "DATABASE_URL=mysql://x", "--data-dir", "/nowhere/x"])
        #expect(wrong.code == 78)
        #expect(wrong.output.contains("DATABASE_URL") && wrong.output.contains("postgresql://"))
        #expect(!wrong.output.contains("mysql"))
        let directory = Martlet.temporaryDirectory()
        let absent = try await Martlet.run([
            "serve", "--set", "DATABASE_URL=postgresql://u:sesame@/x?host=\(directory)", "--data-dir",
            directory + "/data",
            "--runtime-dir", directory + "/run", "--port", "0",
        ])
        #expect(absent.code == 69)
        #expect(!absent.output.contains("sesame"))
        try FileManager.default.removeItem(atPath: directory)
    }
}
