import Storage
import Testing

@testable import Identity

@Suite("Sessions that end before their tokens expire")
struct RevocationTests {
    private func isLetIn(_ fixture: Fixture, _ token: String) async -> Bool {
        if fixture.authenticator.cached(token, path: "/") != nil { return true }
        return (try? await fixture.authenticator.authenticate(token, path: "/")) != nil
    }

    @Test("a session that signed out does not hold at the next request, another of the same account does")
    func signOut() async throws {
        let fixture = try Fixture()
        let (admin, token) = try await fixture.signUp("admin")
        let other = try await fixture.accounts.signIn(email: admin.email, password: "pass-admin").token
        #expect(await isLetIn(fixture, token))
        try await fixture.accounts.signOut(admin, token: token)
        #expect(await !isLetIn(fixture, token))
        #expect(await isLetIn(fixture, other))
        try await fixture.accounts.signOut(admin, token: token)
    }

    @Test("a changed password ends the account's other sessions, and neither this one, later ones nor other people's")
    func changePassword() async throws {
        let fixture = try Fixture()
        let (admin, user, userToken) = try await fixture.adminAndUser()
        let other = try await fixture.accounts.signIn(email: user.email, password: "pass-user").token
        let adminToken = try await fixture.accounts.signIn(email: admin.email, password: "pass-admin").token
        fixture.time.advance(1)
        #expect(await isLetIn(fixture, other))
        try await fixture.accounts.changePassword(user, from: "pass-user", to: "new-pass")
        #expect(await !isLetIn(fixture, other))
        #expect(await isLetIn(fixture, userToken))
        #expect(await isLetIn(fixture, adminToken))
        await #expect(throws: APIError.invalidCredentials) {
            try await fixture.accounts.signIn(email: user.email, password: "pass-user")
        }
        let later = try await fixture.accounts.signIn(email: user.email, password: "new-pass").token
        #expect(await isLetIn(fixture, later))
    }

    @Test("a wrong old password changes nothing and is limited like sign-ins")
    func wrongPassword() async throws {
        let fixture = try Fixture()
        let (admin, _) = try await fixture.signUp("admin")
        for _ in 0..<15 {
            await #expect(throws: APIError.incorrectPassword) {
                try await fixture.accounts.changePassword(admin, from: "wrong", to: "new-pass")
            }
        }
        await #expect(throws: APIError.rateLimited) {
            try await fixture.accounts.changePassword(admin, from: "pass-admin", to: "new-pass")
        }
    }

    @Test("a password that an administrator sets ends all sessions of that account")
    func setByAdministrator() async throws {
        let fixture = try Fixture()
        let (admin, user, userToken) = try await fixture.adminAndUser()
        fixture.time.advance(1)
        let service = UserService(accounts: fixture.accounts)
        _ = try await service.update(
            user.userID,
            .init(role: "user", name: "U", email: user.email, profileImageURL: "/user.png", password: "set-by-admin"),
            by: admin)
        #expect(await !isLetIn(fixture, userToken))
    }

    @Test("the rule for passwords holds wherever a new one is given, and its hint is told")
    func rule() async throws {
        let fixture = try Fixture {
            $0.passwordRule = .init(pattern: "^(?=.*[0-9])(?=.*[A-Z]).{8,}$", hint: "Say more.")
        }
        let told = APIError(status: 400, detail: "Say more.")
        await #expect(throws: told) {
            try await fixture.accounts.signUp(name: "a", email: "a@lab.test", password: "lowercase1")
        }
        let made = try await fixture.accounts.signUp(name: "a", email: "a@lab.test", password: "Capital-1")
        let principal = try await fixture.authenticator.authenticate(made.token, path: "/")
        await #expect(throws: told) {
            try await fixture.accounts.changePassword(principal, from: "Capital-1", to: "short")
        }
        await #expect(throws: APIError.passwordTooLong) {
            try await fixture.accounts.changePassword(
                principal, from: "Capital-1", to: String(repeating: "Aa1", count: 30))
        }
        await #expect(throws: told) {
            try await fixture.accounts.add(
                name: "b", email: "b@lab.test", password: "b", role: "user", profileImageURL: "/user.png")
        }
    }
}
