import Testing

@testable import Storage

@Suite("Models and grants, on each engine")
struct ModelTableTests {
    private static func model(
        _ id: String, owner: String = "owner", base: String? = "base", meta: String = "{}", at time: Int64 = 1
    ) -> ModelRecord {
        ModelRecord(
            id: id, userID: owner, baseModelID: base, name: "Name of \(id)", meta: meta, params: #"{"a":1}"#, now: time)
    }

    private static func grant(
        _ id: String, _ who: String, _ permission: AccessGrant.Permission = .read,
        _ type: AccessGrant.PrincipalType = .user
    ) -> AccessGrant {
        AccessGrant(id: id, principalType: type, principalID: who, permission: permission, createdAt: 1)
    }

    @Test("a model comes back as it was stored, and goes with its grants", arguments: EngineKind.allCases)
    func stored(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        var record = Self.model("it's; DROP TABLE model --", base: nil, meta: #"{"x": 1.50, "ü":"\u00e9"}"#)
        let first = record
        try await database.write { db throws in
            try ModelTable.insert(first, in: db)
            try AccessGrantTable.replace(.model, id: first.id, with: [Self.grant("g1", "*")], in: db)
        }
        #expect(try await database.read { try ModelTable.find(id: first.id, in: $0) } == first)
        record.isActive = false
        record.name = "other"
        record.updatedAt = 9
        let second = record
        try await database.write { db throws in
            #expect(try ModelTable.update(second, in: db))
            #expect(try ModelTable.find(id: second.id, in: db) == second)
            #expect(try ModelTable.base(in: db) == [second])
            #expect(try AccessGrantTable.of(.model, id: second.id, in: db) == [Self.grant("g1", "*")])
            #expect(try ModelTable.delete(id: second.id, in: db))
            #expect(try !ModelTable.delete(id: second.id, in: db))
            #expect(try AccessGrantTable.all(.model, in: db).isEmpty)
        }
    }

    @Test(
        "owner, reader, writer, group and everybody have their rights, and nobody else", arguments: EngineKind.allCases)
    func rights(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            for user in ["owner", "reader", "writer", "member", "stranger"] {
                try UserTable.insert(.sample(user), in: db)
            }
            try GroupTable.insert(Group(id: "group", userID: nil, name: "g", description: "", now: 1), in: db)
            try GroupTable.addMember(id: "gm", groupID: "group", userID: "member", at: 1, in: db)
            for id in ["private", "public", "off"] {
                var model = Self.model(id)
                model.isActive = id != "off"
                try ModelTable.insert(model, in: db)
            }
            try AccessGrantTable.replace(
                .model, id: "private",
                with: [
                    Self.grant("1", "reader"), Self.grant("2", "writer", .write),
                    Self.grant("3", "group", .read, .group), Self.grant("4", "member", .read, .group),
                ], in: db)
            for id in ["public", "off"] {
                try AccessGrantTable.replace(.model, id: id, with: [Self.grant(id, "*")], in: db)
            }
            // Of another resource with the same id.
            try AccessGrantTable.replace(.note, id: "private", with: [Self.grant("5", "stranger")], in: db)
        }
        try await database.read { db throws in
            func rights(_ user: String) throws -> String {
                let rights = try #require(try ModelTable.find(id: "private", for: user, in: db)).rights
                return "\(rights.mayRead ? "r" : "-")\(rights.mayWrite ? "w" : "-")"
            }
            #expect(
                try ["owner", "reader", "writer", "member", "stranger"].map(rights) == ["rw", "r-", "rw", "r-", "--"])
            #expect(try ModelTable.readableIDs(userID: "stranger", in: db) == ["public"])
            #expect(try ModelTable.readableIDs(userID: "member", in: db) == ["private", "public"])
            #expect(
                try ModelTable.custom(.write, userID: "writer", isUnrestricted: false, isLight: true, in: db).map(\.id)
                    == ["private"])
        }
    }

    @Test(
        "lists are searched, filtered, ordered and paged in SQL; a search is no pattern", arguments: EngineKind.allCases
    )
    func lists(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            try UserTable.insert(.sample("owner"), in: db)
            for number in 0..<5 {
                let meta =
                    number % 2 == 0
                    ? #"{"tags":[{"name":"Even"}],"profile_image_url":"data:x"}"#
                    : #"{"tags":"none","description":"even"}"#
                try ModelTable.insert(
                    Self.model("m\(number)", owner: number == 4 ? "gone" : "owner", meta: meta, at: Int64(number)),
                    in: db)
            }
            try ModelTable.insert(Self.model("a_b%c", at: 9), in: db)
            try ModelTable.insert(Self.model("base", base: nil), in: db)
            try AccessGrantTable.replace(.model, id: "m1", with: [Self.grant("1", "reader")], in: db)
        }
        func ids(_ user: String = "owner", _ change: (inout ModelSearch) -> Void) async throws -> [String] {
            var search = ModelSearch(userID: user, isUnrestricted: user == "owner")
            change(&search)
            let wanted = search
            return try await database.read { try ModelTable.search(wanted, in: $0).models.map(\.record.id) }
        }
        #expect(try await ids { _ in } == ["a_b%c", "m4", "m3", "m2", "m1", "m0"])
        #expect(try await ids { ($0.offset, $0.limit) = (2, 2) } == ["m3", "m2"])
        #expect(try await ids { $0.isDescending = false } == ["m0", "m1", "m2", "m3", "m4", "a_b%c"])
        #expect(try await ids { $0.tag = "EVEN" }.sorted() == ["m0", "m2", "m4"])
        #expect(try await ids { $0.text = "name OF m3" } == ["m3"])
        #expect(try await ids { $0.text = "_b%" } == ["a_b%c"])
        #expect(try await ids { $0.text = "' OR 1=1 --" } == [])
        #expect(try await ids { $0.view = .shared } == ["m4"])
        #expect(try await ids("reader") { _ in } == ["m1"])
        #expect(try await ids("nobody") { _ in } == [])
        let page = try await database.read { db in
            try ModelTable.search(ModelSearch(userID: "reader", isUnrestricted: false), in: db)
        }
        #expect(page.total == 1 && page.models[0].owner?.id == "owner" && !page.models[0].mayWrite)
        #expect(page.models[0].grants.map(\.principalID) == ["reader"])
        let light = try await database.read { try ModelTable.allLight(in: $0) }
        #expect(light.count == 7)
        if kind == .sqlite { #expect(!light.contains { $0.meta.contains("profile_image_url") }) }
    }
}
