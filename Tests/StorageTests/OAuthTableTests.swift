import Testing

@testable import Storage

@Suite("Tables of OAuth, on each engine")
struct OAuthTableTests {
    @Test("a numeric subject is found as text, and kept as Open WebUI writes it", arguments: EngineKind.allCases)
    func subjects(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            for id in ["u1", "u2", "u3"] { try UserTable.insert(.sample(id), in: db) }
            try UserTable.link(id: "u1", provider: "github", subject: "42", isNumber: true, at: 7, in: db)
            try UserTable.link(id: "u2", provider: "oidc", subject: "a/b: c, \"ü\"", at: 7, in: db)
            try UserTable.link(id: "u2", provider: "github", subject: "7", at: 8, in: db)
        }
        try await database.read { db throws in
            func find(_ provider: String, _ subject: String) throws -> String? {
                try UserTable.find(provider: provider, subject: subject, in: db)?.id
            }
            #expect(try find("github", "42") == "u1" && find("github", "7") == "u2")
            #expect(
                try find("oidc", "a/b: c, \"ü\"") == "u2" && find("oidc", "42") == nil && find("google", "42") == nil)
            guard case .sqlite = kind else { return }
            // On SQLite Open WebUI looks for its encoder's text.
            #expect(try db.text("SELECT oauth FROM \"user\" WHERE id = 'u1'") == #"{"github": {"sub": 42}}"#)
        }
    }

    @Test("one session a user and provider; a refresh changes only what it has read", arguments: EngineKind.allCases)
    func sessions(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            for id in ["u1", "u2"] { try UserTable.insert(.sample(id), in: db) }
            for (id, user, provider) in [
                ("a", "u1", "oidc"), ("b", "u1", "google"), ("c", "u2", "oidc"), ("d", "u1", "oidc"),
            ] {
                let session = OAuthSession(id: id, userID: user, provider: provider, expiresAt: 100, now: 10)
                try OAuthSessionTable.replace(with: session, token: "t-\(id)", in: db)
            }
            #expect(try OAuthSessionTable.of(userID: "u1", in: db).map(\.id) == ["b", "d"])
            #expect(try OAuthSessionTable.find(id: "a", in: db) == nil)
            #expect(
                try !OAuthSessionTable.update(id: "d", token: "x", expiresAt: 200, at: 20, replacing: "old", in: db))
            #expect(
                try OAuthSessionTable.update(id: "d", token: "new", expiresAt: 200, at: 20, replacing: "t-d", in: db))
            let found = try #require(try OAuthSessionTable.find(id: "d", in: db))
            #expect(found.token == "new" && found.session.expiresAt == 200 && found.session.updatedAt == 20)
            #expect(found.session.createdAt == 10 && found.session.userID == "u1" && found.session.provider == "oidc")
            #expect(try !OAuthSessionTable.delete(id: "d", holding: "t-d", in: db))
            #expect(try OAuthSessionTable.delete(id: "d", holding: "new", in: db))
            #expect(try OAuthSessionTable.delete(id: "b", in: db) && !OAuthSessionTable.delete(id: "b", in: db))
            try UserTable.delete(id: "u2", in: db)
            #expect(try OAuthSessionTable.find(id: "c", in: db) == nil)
        }
    }
}
