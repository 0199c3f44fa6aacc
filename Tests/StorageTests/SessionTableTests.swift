import Testing

@testable import Storage

@Suite("Tables of sessions, audit and providers, on each engine")
struct SessionTableTests {
    @Test(
        "one session ends, and all of a user's before a moment, but neither others nor the kept one",
        arguments: EngineKind.allCases)
    func revocation(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            try RevocationTable.revoke(jti: "a", expiresAt: 100, in: db)
            try RevocationTable.revoke(jti: "a", expiresAt: 100, in: db)
            try RevocationTable.revoke(jti: "for ever", expiresAt: nil, in: db)
            try RevocationTable.revokeAll(userID: "u1", before: 1_000, keeping: nil, in: db)
            try RevocationTable.revokeAll(userID: "u1", before: 5_000, keeping: "kept", in: db)
        }
        try await database.read { db throws in
            #expect(try RevocationTable.isRevoked(jti: "a", userID: "u2", issuedAt: 9_000, in: db))
            #expect(try !RevocationTable.isRevoked(jti: "b", userID: "u2", issuedAt: 0, in: db))
            #expect(try RevocationTable.isRevoked(jti: "b", userID: "u1", issuedAt: 4_999, in: db))
            #expect(try !RevocationTable.isRevoked(jti: "b", userID: "u1", issuedAt: 5_000, in: db))
            #expect(try !RevocationTable.isRevoked(jti: "kept", userID: "u1", issuedAt: 0, in: db))
        }
        try await database.write { db throws in
            #expect(try RevocationTable.purge(expiredBefore: 101, limit: 10, in: db) == 1)
            #expect(try RevocationTable.isRevoked(jti: "for ever", userID: "u2", issuedAt: 1, in: db))
            try UserTable.insert(.sample("u1"), in: db)
            try UserTable.delete(id: "u1", in: db)
            #expect(try !RevocationTable.isRevoked(jti: "b", userID: "u1", issuedAt: 0, in: db))
        }
    }

    @Test("audit entries come back newest first, and old ones go in bounded steps", arguments: EngineKind.allCases)
    func audit(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let entries = (1...5).map { number in
            AuditEntry(
                at: Int64(number) * 1_000, event: "sign-in", result: "failure", userID: nil,
                email: "x'; DROP TABLE martlet_audit; --", source: "192.0.2.1", detail: "password",
                requestID: "r\(number)")
        }
        try await database.write { db throws in
            for entry in entries { try AuditTable.insert(entry, in: db) }
        }
        #expect(
            try await database.read { try AuditTable.latest(limit: 3, in: $0) } == Array(entries.reversed().prefix(3)))
        try await database.write { db throws in
            #expect(try AuditTable.purge(before: 4_000, limit: 2, in: db) == 2)
            #expect(try AuditTable.purge(before: 4_000, limit: 2, in: db) == 1)
            #expect(try AuditTable.latest(limit: 9, in: db).map(\.at) == [5_000, 4_000])
        }
    }

    @Test(
        "a provider's account is found by its subject, and links of several providers stand side by side",
        arguments: EngineKind.allCases)
    func provider(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            try UserTable.insert(.sample("u1", role: "user"), in: db)
            try UserTable.insert(.sample("u2", role: "admin"), in: db)
            try UserTable.link(id: "u1", provider: "oidc", subject: "a\"b'", at: 7, in: db)
            try UserTable.link(id: "u1", provider: "google", subject: "42", at: 8, in: db)
            try UserTable.link(id: "u2", provider: "oidc", subject: "42", at: 9, in: db)
        }
        try await database.read { db throws in
            #expect(try UserTable.find(provider: "oidc", subject: "a\"b'", in: db)?.id == "u1")
            #expect(try UserTable.find(provider: "google", subject: "42", in: db)?.id == "u1")
            #expect(try UserTable.find(provider: "oidc", subject: "42", in: db)?.id == "u2")
            #expect(try UserTable.find(provider: "github", subject: "42", in: db) == nil)
            #expect(try UserTable.firstAdministratorID(in: db) == "u2")
            let stored = try UserTable.record(id: "u1", in: db)?.oauth
            #expect(stored?.contains("google") == true && stored?.contains("oidc") == true)
        }
    }
}
