import Foundation
import GRDB
import Testing

@testable import Storage

@Suite("Tables")
struct TableTests {
    let directory: TemporaryDirectory
    let database: Storage.Database

    init() throws {
        directory = try TemporaryDirectory()
        try Migrator.prepare(path: directory.database)
        database = try Database.open(path: directory.database)
    }

    @Test("a user comes back as it was stored, by id and by e-mail in any case")
    func user() async throws {
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

    @Test("the e-mail lookup uses the index")
    func index() async throws {
        let plan = try await database.read { db throws in
            try Row.fetchAll(
                db,
                sql: "EXPLAIN QUERY PLAN SELECT id FROM user WHERE lower(email) = ? ORDER BY created_at, id LIMIT 1",
                arguments: ["a"]
            ).map(\.description)
        }
        #expect(plan.contains { $0.contains("martlet_user_email_idx") })
    }

    @Test("a text with a NUL is refused, for it would be stored and found cut short")
    func nul() async throws {
        try await database.write { try UserTable.insert(.sample("u1"), in: $0) }
        let error = await #expect(throws: StorageError.self) {
            try await database.read { try UserTable.find(id: "u1\0x", in: $0) }
        }
        #expect(error?.reason == .invalidValue)
    }

    @Test("last_active_at never goes back; role and password change; deletion takes password and keys along")
    func updates() async throws {
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

    @Test("a user has one key; a new one replaces it; the owner is found by it")
    func keys() async throws {
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

    @Test("a key for no user is refused by the foreign key")
    func foreignKey() async throws {
        await #expect(throws: StorageError.self) {
            try await database.write { try APIKeyTable.replace(with: APIKey(userID: "x", key: "sk-x", now: 1), in: $0) }
        }
    }

    @Test("the permissions of a user's groups are read; adding twice or to no group does nothing")
    func groups() async throws {
        try await database.write { db throws in
            try UserTable.insert(.sample("u1"), in: db)
            try db.execute(
                sql: """
                    INSERT INTO "group" (id, name, permissions) VALUES ('g1', 'G', '{"features":{}}'), ('g2', 'H', NULL)
                    """)
            for (id, group) in [("m1", "g1"), ("m2", "g1"), ("m3", "g2"), ("m4", "nope")] {
                try GroupTable.addMember(id: id, groupID: group, userID: "u1", at: 1, in: db)
            }
            #expect(try GroupTable.permissions(userID: "u1", in: db) == [Array("{\"features\":{}}".utf8)])
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM group_member") == 2)
        }
    }

    @Test("a saved setting changes one key and keeps the rest")
    func config() async throws {
        try await database.write { db throws in
            #expect(try ConfigTable.latest(in: db) == nil)
            try ConfigTable.patch("ui.enable_signup", json: "false", in: db)
            #expect(try ConfigTable.latest(in: db) == Array(#"{"ui":{"enable_signup":false}}"#.utf8))
            try ConfigTable.save(Array(#"{"ui":{"x":[1,{"y":null}],"enable_signup":false},"z":1.5}"#.utf8), in: db)
            try ConfigTable.patch("ui.enable_signup", json: "true", in: db)
            try ConfigTable.patch("auth.jwt_expiry", json: "\"4w\"", in: db)
            #expect(
                try ConfigTable.latest(in: db)
                    == Array(
                        #"{"ui":{"x":[1,{"y":null}],"enable_signup":true},"z":1.5,"auth":{"jwt_expiry":"4w"}}"#.utf8))
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM config") == 1)
        }
    }

    @Test(
        "bad keys and values of settings are refused",
        arguments: [
            ("", "1"), (".", "1"), ("a..b", "1"), ("a.\"b", "1"), ("a[0]", "1"), ("a", "nope"), ("a", ""),
            ("scalar.b", "1"),
        ])
    func badConfig(key: String, json: String) async throws {
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

    @Test("concurrent first inserts that check for an empty table in one transaction give exactly one first user")
    func firstUser() async throws {
        let database = database
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
