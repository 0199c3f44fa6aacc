import FoundationEssentials
import Storage
import Testing

@testable import Identity

@Suite("Accounts: session and API keys")
struct SessionTests {
    private func keys(_ response: SessionResponse) throws -> [String: Bool] {
        let data = try JSONEncoder().encode(response)
        return try JSONDecoder().decode([String: IsNull].self, from: data).mapValues(\.isNull)
    }

    private struct IsNull: Decodable {
        let isNull: Bool
        init(from decoder: any Decoder) throws { isNull = try decoder.singleValueContainer().decodeNil() }
    }

    @Test("the answer of sign-up has the recorded keys")
    func signUpShape() async throws {
        let fixture = try Fixture()
        let response = try await fixture.accounts.signUp(name: "Admin", email: "admin@lab.test", password: "p")
        #expect(
            try keys(response).keys.sorted() == [
                "email", "expires_at", "id", "name", "permissions", "profile_image_url", "role", "token", "token_type",
            ])
        let text = String(decoding: try JSONEncoder().encode(response), as: UTF8.self)
        #expect(text.contains(#""token_type":"Bearer""#) && text.contains(#""role":"admin""#))
        #expect(text.replacing("\\/", with: "/").contains("/api/v1/users/\(response.user.id)/profile/image"))
    }

    @Test("the session adds the profile, with nulls, gives the token back, and works for a pending user")
    func session() async throws {
        let fixture = try Fixture()
        _ = try await fixture.signUp("admin")
        try fixture.store.update { $0.enableSignup = true }
        let (principal, token) = try await fixture.signUp("pending")
        #expect(principal.role == .pending)
        let response = try await fixture.accounts.session(principal, token: token)
        #expect(response.token == token && response.expiresAt == fixture.time.now + 2_419_200)
        #expect(response.user.profileImageURL == "/user.png")
        let keys = try keys(response)
        #expect(
            keys.keys.sorted() == [
                "bio", "date_of_birth", "email", "expires_at", "gender", "id", "name", "permissions",
                "profile_image_url", "role", "status_emoji", "status_expires_at", "status_message", "token",
                "token_type",
            ])
        #expect(keys["bio"] == true && keys["status_emoji"] == true && keys["expires_at"] == false)
    }

    @Test("a session without expiry says null")
    func noExpiry() async throws {
        let fixture = try Fixture { $0.jwtExpiry = .never }
        let (principal, token) = try await fixture.signUp("admin")
        let response = try await fixture.accounts.session(principal, token: token)
        #expect(try response.expiresAt == nil && keys(response)["expires_at"] == true)
    }

    @Test("the session of a deleted user is 401")
    func deleted() async throws {
        let fixture = try Fixture()
        let (principal, token) = try await fixture.signUp("admin")
        _ = try await fixture.database.write { try UserTable.delete(id: principal.userID, in: $0) }
        await #expect(throws: APIError.invalidToken) { try await fixture.accounts.session(principal, token: token) }
        await #expect(throws: APIError.invalidToken) { try await fixture.accounts.createAPIKey(principal) }
    }

    @Test("a key is made, told, replaced and deleted; the old one is void at once")
    func apiKeys() async throws {
        let fixture = try Fixture()
        let (admin, user, token) = try await fixture.adminAndUser()
        await #expect(throws: APIError.apiKeyNotFound) { try await fixture.accounts.apiKey(of: user) }
        let first = try await fixture.accounts.createAPIKey(user)
        #expect(first.wholeMatch(of: /sk-[0-9a-f]{32}/) != nil)
        #expect(try await fixture.accounts.apiKey(of: user) == first)
        let principal = try await fixture.authenticator.authenticate(first, path: "/")
        #expect(principal.userID == user.userID && principal.credential == .apiKey)
        let session = try await fixture.accounts.session(principal, token: first)
        #expect(session.token == first && session.expiresAt == nil)

        let second = try await fixture.accounts.createAPIKey(user)
        #expect(second != first && fixture.authenticator.cached(first, path: "/") == nil)
        await #expect(throws: AuthenticationError.unknownAPIKey) {
            try await fixture.authenticator.authenticate(first, path: "/")
        }
        _ = try await fixture.authenticator.authenticate(second, path: "/")
        #expect(try await fixture.accounts.deleteAPIKey(user))
        #expect(try await !fixture.accounts.deleteAPIKey(user))
        #expect(fixture.authenticator.cached(second, path: "/") == nil)
        await #expect(throws: APIError.apiKeyNotFound) { try await fixture.accounts.apiKey(of: user) }
        #expect(try await fixture.authenticator.authenticate(token, path: "/") == user)
        await #expect(throws: APIError.apiKeyNotFound) { try await fixture.accounts.apiKey(of: admin) }
    }

    @Test("without the setting or the right no key is made, not for an administrator either")
    func notAllowed() async throws {
        let fixture = try Fixture()
        let (admin, user, _) = try await fixture.adminAndUser()
        for change: (inout IdentitySettings) -> Void in [
            { $0.enableAPIKeys = false },
            {
                $0.enableAPIKeys = true
                $0.defaultPermissions = PermissionTree()
            },
        ] {
            try fixture.store.update(change)
            for principal in [admin, user] {
                await #expect(
                    throws: APIError(status: 403, detail: "API key creation is not allowed in the environment.")
                ) { try await fixture.accounts.createAPIKey(principal) }
            }
        }
    }
}
