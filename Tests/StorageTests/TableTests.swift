import Foundation
import Testing

@testable import Storage

@Suite("Tables, on each engine")
struct TableTests {
    @Test("a user comes back as it was stored, by id and by e-mail in any case", arguments: EngineKind.allCases)
    func user(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        var user = User.sample("u1", role: "admin")
        user.email = "Mixed@Lab.Test"
        user.bio = "it's \"quoted\"; DROP TABLE user; --"
        user.statusExpiresAt = 12
        let stored = user
        try await database.write { try UserTable.insert(stored, in: $0) }
        user.email = "mixed@lab.test"
        #expect(try await database.read { try UserTable.find(id: "u1", in: $0) } == user)
        #expect(try await database.read { try UserTable.find(email: "MIXED@lab.test", in: $0) } == user)
        #expect(try await database.read { try UserTable.find(email: "other@lab.test", in: $0) } == nil)
        #expect(try await database.read { try UserTable.find(id: "' OR 1=1 --", in: $0) } == nil)
        #expect(try await database.read { try !UserTable.isEmpty(in: $0) })
    }

    @Test("a text with a NUL is refused, for it would be stored and found cut short", arguments: EngineKind.allCases)
    func nul(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { try UserTable.insert(.sample("u1"), in: $0) }
        let error = await #expect(throws: StorageError.self) {
            try await database.read { try UserTable.find(id: "u1\0x", in: $0) }
        }
        #expect(error?.reason == .invalidValue)
    }

    @Test(
        "last_active_at never goes back; role and password change; deletion takes password and keys along",
        arguments: EngineKind.allCases)
    func updates(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            try UserTable.insert(.sample("u1"), in: db)
            try AuthTable.insert(Auth(id: "u1", email: "U1@lab.test", password: "h1"), in: db)
            try APIKeyTable.replace(with: APIKey(userID: "u1", key: "sk-1", now: 5), in: db)
            try UserTable.updateLastActive(id: "u1", at: 1_800_000_000, in: db)
            try UserTable.updateLastActive(id: "u1", at: 1_750_000_000, in: db)
            #expect(try UserTable.updateRole(id: "u1", role: "admin", at: 9, in: db))
            #expect(try !UserTable.updateRole(id: "nobody", role: "admin", at: 9, in: db))
            #expect(try AuthTable.updatePassword(id: "u1", hash: "h2", in: db))
        }
        try await database.write { db throws in
            let user = try #require(try UserTable.find(id: "u1", in: db))
            #expect(user.lastActiveAt == 1_800_000_000 && user.role == "admin" && user.updatedAt == 9)
            #expect(
                try AuthTable.find(id: "u1", in: db) == Auth(id: "u1", email: "u1@lab.test", password: "h2"))
            #expect(try UserTable.delete(id: "u1", in: db))
            #expect(try !UserTable.delete(id: "u1", in: db))
            #expect(try AuthTable.find(id: "u1", in: db) == nil)
            #expect(try APIKeyTable.find(userID: "u1", in: db) == nil)
        }
    }

    @Test("a user has one key; a new one replaces it; the owner is found by it", arguments: EngineKind.allCases)
    func keys(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            try UserTable.insert(.sample("u1"), in: db)
            try UserTable.insert(.sample("u2"), in: db)
            try APIKeyTable.replace(with: APIKey(userID: "u1", key: "sk-1", now: 5), in: db)
            try APIKeyTable.replace(with: APIKey(userID: "u2", key: "sk-2", now: 5), in: db)
            try APIKeyTable.replace(with: APIKey(userID: "u1", key: "sk-3", now: 6), in: db)
            #expect(try UserTable.find(apiKey: "sk-1", in: db) == nil)
            #expect(try UserTable.find(apiKey: "sk-2", in: db)?.id == "u2")
            #expect(try UserTable.find(apiKey: "sk-3", in: db)?.id == "u1")
            #expect(try APIKeyTable.find(userID: "u1", in: db) == "sk-3")
            #expect(try APIKeyTable.delete(userID: "u1", in: db))
            #expect(try !APIKeyTable.delete(userID: "u1", in: db))
        }
    }

    @Test("a key for no user is refused by the foreign key", arguments: EngineKind.allCases)
    func foreignKey(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        await #expect(throws: StorageError.self) {
            try await database.write { try APIKeyTable.replace(with: APIKey(userID: "x", key: "sk-x", now: 1), in: $0) }
        }
    }

    @Test(
        "the permissions of a user's groups are read; adding twice or to no group does nothing",
        arguments: EngineKind.allCases)
    func groups(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            try UserTable.insert(.sample("u1"), in: db)
            try db.run(
                """
                INSERT INTO "group" (id, name, permissions) VALUES ('g1', 'G', '{"features":{}}'), ('g2', 'H', NULL)
                """, [])
            for (id, group) in [("m1", "g1"), ("m2", "g1"), ("m3", "g2"), ("m4", "nope")] {
                try GroupTable.addMember(id: id, groupID: group, userID: "u1", at: 1, in: db)
            }
            #expect(try GroupTable.permissions(userID: "u1", in: db) == [Array("{\"features\":{}}".utf8)])
            #expect(try db.integer("SELECT count(*) FROM group_member") == 2)
        }
    }

    @Test("a saved setting changes one key and keeps the rest", arguments: EngineKind.allCases)
    func config(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            #expect(try ConfigTable.latest(in: db) == nil)
            try ConfigTable.patch("ui.enable_signup", json: "false", in: db)
            #expect(try Self.settings(in: db) == #"{"ui":{"enable_signup":false}}"#)
            try ConfigTable.save(Array(#"{"ui":{"x":[1,{"y":null}],"enable_signup":false},"z":1.5}"#.utf8), in: db)
            try ConfigTable.patch("ui.enable_signup", json: "true", in: db)
            try ConfigTable.patch("auth.jwt_expiry", json: "\"4w\"", in: db)
            #expect(
                try Self.settings(in: db)
                    == #"{"auth":{"jwt_expiry":"4w"},"ui":{"enable_signup":true,"x":[1,{"y":null}]},"z":1.5}"#)
            try ConfigTable.patch("ui.a.b-c.null", json: "[]", in: db)
            try ConfigTable.patch("ui.a.b-c.d", json: #"{"e":"ü"}"#, in: db)
            try ConfigTable.patch("z", json: "null", in: db)
            #expect(
                try Self.settings(in: db)
                    == #"{"auth":{"jwt_expiry":"4w"},"ui":{"a":{"b-c":{"d":{"e":"ü"},"null":[]}},"enable_signup":true,"#
                    + #""x":[1,{"y":null}]},"z":null}"#)
            #expect(try db.integer("SELECT count(*) FROM config") == 1)
        }
    }

    /// Without spaces and in the order of the keys, which PostgreSQL does not keep.
    private static func settings(in session: some SQLSession) throws -> String {
        let object = try JSONSerialization.jsonObject(with: Data(ConfigTable.latest(in: session) ?? []))
        let data = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        return String(decoding: data, as: UTF8.self)
    }

    @Test("a document that is saved whole comes back byte for byte", arguments: EngineKind.allCases)
    func savedWhole(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let document = Array(#"{"z": 1.50,  "a":[ "\u00fc", 12345678901234567890123 ],"z2":{}}"#.utf8)
        try await database.write { try ConfigTable.save(document, in: $0) }
        try await database.write { try ConfigTable.save(document, in: $0) }
        #expect(try await database.read { try ConfigTable.latest(in: $0) } == document)
    }

    @Test("SQL in a text is a text", arguments: EngineKind.allCases)
    func hostileTexts(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let texts = [
            "'; DROP TABLE \"user\"; --", "$1 ? :a @b", "\\'; \\x00 E'\\''", "{\"a\":1}", "🦆 \u{2028} \u{FEFF}", "",
            String(repeating: "long ", count: 200_000),
        ]
        try await database.write { session in
            for (index, text) in texts.enumerated() {
                var user = User.sample("u\(index)")
                (user.profileImageURL, user.bio) = (text, text)
                try UserTable.insert(user, in: session)
            }
        }
        for (index, text) in texts.enumerated() {
            let user = try await database.read { try UserTable.find(id: "u\(index)", in: $0) }
            #expect(user?.bio == text && user?.profileImageURL == text)
        }
        #expect(
            try await database.read { try $0.integer("SELECT count(*) FROM \"user\" WHERE bio = ?", [.text(texts[0])]) }
                == 1)
    }

    @Test("an integer, a boolean, a date and NULL come back as what they were", arguments: EngineKind.allCases)
    func types(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { session in
            var user = User.sample("u1")
            user.dateOfBirth = "1912-06-23"
            user.statusExpiresAt = .max
            try UserTable.insert(user, in: session)
            #expect(try UserTable.find(id: "u1", in: session) == user)
            try AuthTable.insert(Auth(id: "u1", email: "a", password: "p", active: false), in: session)
            #expect(try AuthTable.find(id: "u1", in: session)?.active == false)
            #expect(try session.integer("SELECT count(*) FROM auth WHERE active = ?", [0]) == 1)
            let row = try session.first("SELECT bio, job_priority, active FROM \"user\", auth", []) { row in
                let missing = try row.optionalText(0)
                let texts = try [row.text(1), row.text(2)]
                #expect(throws: StorageError.self) { try row.text(0) }
                #expect(throws: StorageError.self) { try row.integer(0) }
                #expect(throws: StorageError.self) { try row.integer(3) }
                #expect(throws: StorageError.self) { try row.integer(-1) }
                return [missing ?? "none"] + texts
            }
            #expect(row == ["none", "5", "0"])
        }
    }

    @Test(
        "bad keys and values of settings are refused",
        arguments: [
            ("", "1"), (".", "1"), ("a..b", "1"), ("a.\"b", "1"), ("a[0]", "1"), ("a", "nope"), ("a", ""),
            ("scalar.b", "1"), ("a.b", "1},\"c\":{\"d\":1"),
        ], EngineKind.allCases)
    func badConfig(setting: (key: String, json: String), kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let (key, json) = setting
        let error = await #expect(throws: StorageError.self) {
            try await database.write { db throws in
                try ConfigTable.save(Array(#"{"scalar":3}"#.utf8), in: db)
                try ConfigTable.patch(key, json: json, in: db)
            }
        }
        #expect(error?.reason == .invalidValue)
        await #expect(throws: StorageError.self) {
            try await database.write { try ConfigTable.save([0xFF, 0x7B], in: $0) }
        }
    }

    @Test(
        "concurrent first inserts that check for an empty table in one transaction give exactly one first user",
        arguments: EngineKind.allCases)
    func firstUser(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let firsts = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<50 {
                group.addTask {
                    try await database.write { db throws in
                        let first = try UserTable.isEmpty(in: db)
                        try UserTable.insert(.sample("u\(index)", role: first ? "admin" : "user"), in: db)
                        return first
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(firsts == 1)
    }
}
