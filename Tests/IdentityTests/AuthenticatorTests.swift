import Foundation
import Storage
import Testing

@testable import Identity

@Suite("The authenticator")
struct AuthenticatorTests {
    @Test("a session is found by the database once, then by the cache, until its minute is over")
    func cache() async throws {
        let fixture = try Fixture()
        let (principal, token) = try await fixture.signUp("admin")
        #expect(principal.role == .admin && principal.email == "admin@lab.test")
        #expect(fixture.authenticator.cached(token, path: "/x") == principal)
        #expect(fixture.authenticator.cached(token[...], path: "/x") == principal)
        fixture.time.advance(59)
        #expect(fixture.authenticator.cached(token, path: "/x") == principal)
        fixture.time.advance(1)
        #expect(fixture.authenticator.cached(token, path: "/x") == nil)
        #expect(try await fixture.authenticator.authenticate(token, path: "/x") == principal)
    }

    @Test("a cached session ends with its token")
    func expiry() async throws {
        let fixture = try Fixture { $0.jwtExpiry = .after(10) }
        let (_, token) = try await fixture.signUp("admin")
        fixture.time.advance(9)
        #expect(fixture.authenticator.cached(token, path: "/") != nil)
        fixture.time.advance(1)
        #expect(fixture.authenticator.cached(token, path: "/") == nil)
        await #expect(throws: AuthenticationError.expiredToken) {
            try await fixture.authenticator.authenticate(token, path: "/")
        }
    }

    @Test("a demoted user is demoted at once after forget, a deleted one unknown")
    func forget() async throws {
        let fixture = try Fixture()
        let (principal, token) = try await fixture.signUp("admin")
        try await fixture.setRole(.pending, of: principal.userID)
        #expect(fixture.authenticator.cached(token, path: "/") == nil)
        #expect(try await fixture.authenticator.authenticate(token, path: "/").role == .pending)
        fixture.authenticator.sessionEnded(token: token, jti: "j", expiresAt: nil)
        #expect(fixture.authenticator.cached(token, path: "/") == nil)
        _ = try await fixture.database.write { try UserTable.delete(id: principal.userID, in: $0) }
        await #expect(throws: AuthenticationError.unknownUser) {
            try await fixture.authenticator.authenticate(token, path: "/")
        }
        #expect(AuthenticationError.unknownUser.response == .invalidToken)
    }

    @Test("another secret key ends every session, cached ones too")
    func newKey() async throws {
        let fixture = try Fixture()
        let (_, token) = try await fixture.signUp("admin")
        try fixture.store.update { $0.secretKey = Array("another".utf8) }
        #expect(fixture.authenticator.cached(token, path: "/") == nil)
        await #expect(throws: AuthenticationError.invalidToken) {
            try await fixture.authenticator.authenticate(token, path: "/")
        }
    }

    @Test(
        "garbage is refused with the recorded answer",
        arguments: ["", "x", "null", "Bearer x", "a.b.c", "\0", String(repeating: "x", count: 1 << 20), "sk", "SK-x"])
    func garbage(token: String) async throws {
        let fixture = try Fixture()
        let error = await #expect(throws: AuthenticationError.self) {
            try await fixture.authenticator.authenticate(token, path: "/")
        }
        #expect(error?.response == APIError(status: 401, detail: "401 Unauthorized"))
    }

    @Test(
        "an API key that nobody has is refused with the recorded answer", arguments: ["sk-", "sk-x", "sk-' OR 1=1 --"])
    func unknownKey(key: String) async throws {
        let fixture = try Fixture()
        let error = await #expect(throws: AuthenticationError.self) {
            try await fixture.authenticator.authenticate(key, path: "/")
        }
        #expect(error?.response.status == 401)
        #expect(
            error?.response.detail == "Your session has expired or the token is invalid. Please sign in again.")
    }

    @Test("an API key works, also cached; restrictions hold for both, equal or below an entry")
    func restrictions() async throws {
        let fixture = try Fixture()
        let (_, user, _) = try await fixture.adminAndUser()
        let key = try await fixture.accounts.createAPIKey(user)
        #expect(try await fixture.authenticator.authenticate(key, path: "/api/v1/users").credential == .apiKey)
        #expect(fixture.authenticator.cached(key, path: "/any") != nil)
        try fixture.store.update {
            $0.enableAPIKeyEndpointRestrictions = true
            $0.allowedEndpoints = ["/api/v1/chats", " /ollama/ ", ""]
        }
        for path in ["/api/v1/chats", "/api/v1/chats/", "/api/v1/chats/1?x=y", "/ollama", "/ollama/api/chat"] {
            _ = try await fixture.authenticator.authenticate(key, path: path)
            #expect(fixture.authenticator.cached(key, path: path) != nil)
        }
        for path in [
            "/", "", "/api/v1/users", "/api/v1/chatsx", "/api/v1/chat", "/x/api/v1/chats", "/ollamas",
            "/api/v1/chats/../users", "/api/v1/chats/%2E%2e/users", "/api/v1/chats/./x", "/api/v1?/api/v1/chats",
        ] {
            #expect(fixture.authenticator.cached(key, path: path) == nil)
            let error = await #expect(throws: AuthenticationError.self) {
                try await fixture.authenticator.authenticate(key, path: path)
            }
            #expect(error?.response == APIError(status: 403, detail: "API key not allowed to access this endpoint."))
        }
    }

    @Test("without the setting or the right a key is refused, an administrator's only without the setting")
    func disabled() async throws {
        let fixture = try Fixture()
        let (admin, user, _) = try await fixture.adminAndUser()
        let keys = (try await fixture.accounts.createAPIKey(admin), try await fixture.accounts.createAPIKey(user))
        let authenticator = fixture.authenticator
        _ = try await authenticator.authenticate(keys.1, path: "/")
        try fixture.store.update { $0.defaultPermissions = PermissionTree() }
        #expect(authenticator.cached(keys.1, path: "/") == nil)
        await #expect(throws: AuthenticationError.apiKeysDisabled) {
            try await authenticator.authenticate(keys.1, path: "/")
        }
        #expect(try await authenticator.authenticate(keys.0, path: "/").role == .admin)
        try fixture.store.update { $0.enableAPIKeys = false }
        #expect(authenticator.cached(keys.0, path: "/") == nil)
        let error = await #expect(throws: AuthenticationError.self) {
            try await authenticator.authenticate(keys.0, path: "/")
        }
        #expect(
            error?.response == APIError(status: 403, detail: "Use of API key is not enabled in the environment."))
    }

    @Test("a group's right to API keys counts")
    func groupRight() async throws {
        let fixture = try Fixture()
        let (_, user, _) = try await fixture.adminAndUser()
        try fixture.store.update { $0.defaultPermissions = PermissionTree() }
        try await fixture.database.write { session in
            try session.run(
                #"INSERT INTO "group" (id, name, permissions) VALUES ('g', 'G', '{"features":{"api_keys":true}}')"#, [])
            try session.run(#"INSERT INTO "group" (id, name, permissions) VALUES ('h', 'H', 'not json')"#, [])
            try GroupTable.addMember(id: "m", groupID: "g", userID: user.userID, at: 1, in: session)
            try GroupTable.addMember(id: "n", groupID: "h", userID: user.userID, at: 1, in: session)
        }
        let key = try await fixture.accounts.createAPIKey(user)
        #expect(try await fixture.authenticator.authenticate(key, path: "/").userID == user.userID)
    }

    @Test("activity is written, at most once a minute")
    func activity() async throws {
        let fixture = try Fixture()
        let (principal, token) = try await fixture.signUp("admin")
        let start = fixture.time.now
        func stored() async throws -> Int64? {
            try await fixture.database.read { try UserTable.find(id: principal.userID, in: $0)?.lastActiveAt }
        }
        #expect(try await stored() == start)
        fixture.time.advance(61)
        _ = try await fixture.authenticator.authenticate(token, path: "/")
        #expect(try await eventually { try await stored() == start + 61 })
    }

    @Test("what was read before a forget is not cached after it")
    func raceWithForget() {
        let cache = PrincipalCache()
        let principal = Principal(userID: "u", email: "e", name: "n", role: .admin, credential: .apiKey)
        let epoch = cache.epoch
        cache.forget(userID: "u")
        cache.insert(principal, token: "t", now: 0, lifetime: 60, settingsVersion: 0, epoch: epoch)
        #expect(cache.find("t", now: 0, settingsVersion: 0) == nil)
        cache.insert(principal, token: "t", now: 0, lifetime: 60, settingsVersion: 0, epoch: cache.epoch)
        #expect(cache.find("t", now: 0, settingsVersion: 0) == principal)
        #expect(cache.find("t", now: 0, settingsVersion: 1) == nil)
    }

    @Test("the cache stays within its bound, and forgets all tokens of a user")
    func bounded() {
        let cache = PrincipalCache(capacity: 100)
        for index in 0..<1_000 {
            let principal = Principal(
                userID: "u\(index % 7)", email: "e", name: "n", role: .user, credential: .apiKey)
            cache.insert(
                principal, token: "t\(index)", now: Double(index) / 100, lifetime: 60, settingsVersion: 0,
                epoch: cache.epoch)
            #expect(cache.count <= 100)
        }
        cache.forget(userID: "u3")
        for index in 0..<1_000 where index % 7 == 3 {
            #expect(cache.find("t\(index)", now: 10, settingsVersion: 0) == nil)
        }
        cache.forgetAll()
        #expect(cache.count == 0)
    }

    @Test("many at once, with forgets between, all get the right answer")
    func concurrent() async throws {
        let fixture = try Fixture()
        let (principal, token) = try await fixture.signUp("admin")
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                group.addTask {
                    if index % 10 == 0 { fixture.authenticator.forget(userID: principal.userID) }
                    if let cached = fixture.authenticator.cached(token, path: "/") {
                        #expect(cached == principal)
                    } else {
                        let found = try? await fixture.authenticator.authenticate(token, path: "/")
                        #expect(found == principal)
                    }
                }
            }
        }
    }
}
