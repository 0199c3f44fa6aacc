import Contracts
import FoundationEssentials
import GRDB
import Glibc
import Identity
import Testing

/// From Open WebUI 0.8.3 to Martlet: `martlet import` of its webui.db, and people go on.
@Suite("Moving from Open WebUI")
struct OpenWebUIMoveTests {
    private static let settings = #"{"ui": {"theme": "dark", "pinned": [1, 2.50, {"a": null}], "näme": "x\\u00fc🦆"}}"#
    private static let saved =
        #"{"version": 0, "ui": {"enable_signup": false}, "auth": {"jwt_expiry": "2h"}, "x": {"y": [1]}}"#

    private func fill(_ db: GRDB.Database) throws {
        try db.execute(sql: "UPDATE user SET settings = ?", arguments: [Self.settings])
        try db.execute(sql: "INSERT INTO config (id, data, version) VALUES (7, ?, 0)", arguments: [Self.saved])
        try db.execute(
            sql: """
                INSERT INTO user (id, name, email, role, profile_image_url, created_at, updated_at, last_active_at)
                VALUES ('u2', 'Bob', 'bob@lab.test', 'user', '', 2, 2, 2);
                INSERT INTO api_key (id, user_id, key, created_at, updated_at) VALUES ('k', 'u1', 'sk-0123', 1, 1);
                INSERT INTO "group" (id, user_id, name, description, permissions, created_at, updated_at)
                VALUES ('g', 'u1', 'Team', '', '{"workspace":{"tools":true}}', 1, 1);
                INSERT INTO group_member (id, group_id, user_id, created_at, updated_at) VALUES ('m', 'g', 'u2', 1, 1);
                """)
    }

    @Test(
        "password, key, rights, settings and what was saved are there; the file is as it was",
        arguments: EngineKind.allCases)
    func moves(_ engine: EngineKind) async throws {
        let postgres = engine == .postgresql ? try await PostgreSQLHost() : nil
        let workshop = try Workshop()
        let hash = try await PasswordHasher(cost: 4).hash("Secret-1")
        try OpenWebUISample.make(at: workshop.source, chats: 50, password: hash, fill)
        let file = try Data(contentsOf: URL(filePath: workshop.source))
        let martlet = try await Martlet.start(
            file: ["OLLAMA_BASE_URLS": ""].merging(postgres.map { ["DATABASE_URL": $0.url] } ?? [:]) { $1 }
        ) { data in
            let code = try await workshop.run(["import", workshop.source], url: postgres?.url, data: data)
            #expect(code == 0, "\(workshop.output)")
        }
        #expect(try Data(contentsOf: URL(filePath: workshop.source)) == file)
        let session = try await martlet.post(
            "/api/v1/auths/signin", #"{"email":"Ursula@lab.test","password":"Secret-1"}"#)
        #expect(session.status == 200 && session.json["role"] == .string("admin"))
        let token = try #require(session.json["token"]?.text)
        let expires = try #require(session.json["expires_at"]?.double)
        #expect(expires - Double(time(nil)) <= 7200)
        let own = try await martlet.get("/api/v1/users/user/settings", token: token).json
        #expect(own == (try JSONValue(json: Self.settings.utf8)))
        #expect(try await martlet.get("/api/v1/auths/", token: "sk-0123").status == 200)
        let saved = try await martlet.get("/api/v1/configs/export", token: token).json
        #expect(saved == (try JSONValue(json: Self.saved.utf8)))
        #expect(
            try await martlet.post("/api/v1/auths/signup", #"{"name":"x","email":"x@y.zz","password":"x"}"#).status
                == 403)
        let groups = try await martlet.get("/api/v1/users/u2/groups", token: token).json
        #expect(groups.elements?.first?["permissions"]?.value(at: "workspace.tools") == .bool(true))
        // A saved setting can be changed: the numbers of rows go on behind the imported ones.
        try await martlet.set(#"{"ENABLE_NOTES":false}"#, by: token)
        await martlet.stop()
        await postgres?.stop()
    }

    @Test(
        "an older or a newer database, or none, is refused: the exit code is 1, the words say what to do, and nothing is made",
        arguments: EngineKind.allCases)
    func refused(_ engine: EngineKind) async throws {
        let postgres = engine == .postgresql ? try await PostgreSQLHost() : nil
        let workshop = try Workshop()
        unlink(workshop.database)
        func expectRefusal(_ words: String...) async throws {
            let code = try await workshop.run(["import", workshop.source], url: postgres?.url)
            #expect(code == 1 && words.allSatisfy(workshop.output.contains), "\(workshop.output)")
            #expect(try workshop.files(workshop.data) == [])
            guard let url = postgres?.url else { return }
            let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            #expect(try Workshop.session(url).first(tables, []) { try $0.integer(0) } == 0)
        }
        for older in ["7e5b5dc7342b", "a1b2c3d4e5f6"] {
            try OpenWebUISample.make(at: workshop.source, revision: older)
            try await expectRefusal("older Open WebUI", older, "Start Open WebUI 0.8.3 on it once")
        }
        for unknown in ["ffffffffffff", "", "b2c3d4e5f6a7 "] {
            try OpenWebUISample.make(at: workshop.source, revision: unknown)
            try await expectRefusal("does not know", "newer martlet")
        }
        try OpenWebUISample.make(at: workshop.source) { try $0.execute(sql: "DELETE FROM alembic_version") }
        try await expectRefusal("does not know")
        try OpenWebUISample.make(at: workshop.source) { try $0.execute(sql: "DROP TABLE alembic_version") }
        try await expectRefusal("neither of Open WebUI nor of martlet")
        try Data("no database".utf8).write(to: URL(filePath: workshop.source))
        try await expectRefusal("is not an SQLite database")
        await postgres?.stop()
    }
}
