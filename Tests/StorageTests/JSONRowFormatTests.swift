import Foundation
import Testing

@testable import Storage

@Suite("Rows written as JSON, on each engine")
struct JSONRowFormatTests {
    private static let format = JSONRowFormat(
        [
            (.id, .text), (.name, .text), (.bio, .text), (.settings, .json), (.createdAt, .integer),
            (.statusExpiresAt, .integer), (.groupIDs, .texts),
        ].map { (column: UserTable.Column, kind: JSONRowFormat.Kind) in
            (name: "\(column)", column: column.rawValue, kind: kind)
        })

    private static func objects(_ database: TestDatabase) async throws -> [[String: Any]] {
        let page = try await database.read { session in
            var search = UserSearch()
            search.isDescending = false
            return try UserTable.page(search, as: format, in: session)
        }
        let objects = try #require(try JSONSerialization.jsonObject(with: Data(page.json)) as? [[String: Any]])
        #expect(objects.count == page.total)
        return objects
    }

    @Test("any text comes back from it", arguments: EngineKind.allCases)
    func texts(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let controls = String(String.UnicodeScalarView((1..<0x20).compactMap(Unicode.Scalar.init)))
        let texts = [
            "", "plain", "\"", "\\", "a\"b\\", controls, "x" + controls + "\"", "\u{7f}", "\u{2028}\u{2029}",
            "\u{1F680}é\"ü",
            "null", "],[", String(repeating: "long ", count: 2_000),
        ]
        try await database.write { session in
            for (index, text) in texts.enumerated() {
                var user = User.sample("u\(index)")
                // A name has 255 characters at most in PostgreSQL.
                (user.name, user.bio, user.createdAt) = (String(text.prefix(255)), text, Int64(index))
                try UserTable.insert(user, in: session)
            }
        }
        let objects = try await Self.objects(database)
        #expect(objects.map { $0["name"] as? String } == texts.map { String($0.prefix(255)) })
        #expect(objects.map { $0["bio"] as? String } == texts)
    }

    @Test("numbers, stored JSON, lists, and what is absent", arguments: EngineKind.allCases)
    func kinds(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { session in
            for (index, id) in ["u1", "u2"].enumerated() {
                var user = User.sample(id)
                user.createdAt = Int64(index)
                user.statusExpiresAt = id == "u1" ? .min : nil
                try UserTable.insert(user, in: session)
            }
            try UserTable.updateSettings(id: "u1", json: #"{"a": ["\u2028", "é\n"]}"#, at: 1, in: session)
            for group in ["g1", "g2"] {
                try session.run(
                    """
                    INSERT INTO "group" (id, user_id, name, description, created_at, updated_at) VALUES (?, 'u1', ?, '', 1, 1)
                    """, [.text(group), .text(group)])
                try GroupTable.addMember(id: "m" + group, groupID: group, userID: "u1", at: 1, in: session)
            }
        }
        let objects = try await Self.objects(database)
        let (first, second) = (objects[0], objects[1])
        #expect(first["createdAt"] as? Int64 == 0)
        #expect(first["statusExpiresAt"] as? Int64 == .min)
        #expect((first["settings"] as? [String: [String]]) == ["a": ["\u{2028}", "é\n"]])
        #expect((first["groupIDs"] as? [String])?.sorted() == ["g1", "g2"])
        #expect(second["statusExpiresAt"] is NSNull && second["settings"] is NSNull && second["bio"] is NSNull)
        #expect((second["groupIDs"] as? [String]) == [])
    }

    @Test("what is no UTF-8 is repaired as in a string, in SQLite, which keeps any bytes")
    func invalid() async throws {
        let database = try await TestDatabase(.sqlite)
        try await database.write { session in
            try UserTable.insert(.sample("u1"), in: session)
            try session.run("UPDATE \"user\" SET bio = CAST(x'41ff2242' AS TEXT)", [])
        }
        let stored = try await database.read { try UserTable.find(id: "u1", in: $0)?.bio }
        #expect(stored == "A\u{FFFD}\"B")
        #expect(try await Self.objects(database).first?["bio"] as? String == stored)
    }
}
