import Foundation
import Storage
import Testing

@testable import Identity

@Suite("Sign-in by another system")
struct ExternalSignInTests {
    private func groupNames(_ fixture: Fixture, _ userID: String) async throws -> [String] {
        try await fixture.database.read { try GroupTable.of(userID: userID, in: $0).map(\.name) }.sorted()
    }

    private func makeGroup(_ fixture: Fixture, _ name: String) async throws {
        try await fixture.database.write {
            try GroupTable.insert(
                Group(id: "g-\(name)", userID: nil, name: name, description: "", now: 1), in: $0)
        }
    }

    @Test("the first of all becomes administrator, the next has the default role, and both have one account each")
    func roles() async throws {
        let fixture = try Fixture()
        let first = try await fixture.accounts.signIn(external: .init(email: "Ada@Lab.test", name: "Ada"))
        let second = try await fixture.accounts.signIn(external: .init(email: "una@lab.test", name: "Una"))
        #expect(first.role == .admin && second.role == .pending && first.user.email == "ada@lab.test")
        let again = try await fixture.accounts.signIn(external: .init(email: "UNA@lab.test", name: "Other"))
        #expect(again.user.id == second.user.id && again.user.name == "Una")
        #expect(try await fixture.authenticator.authenticate(again.token, path: "/").userID == second.user.id)
    }

    @Test("many at once for one new person make one account")
    func concurrent() async throws {
        let fixture = try Fixture()
        _ = try await fixture.signUp("admin")
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    try await fixture.accounts.signIn(external: .init(email: "una@lab.test", name: "Una")).user.id
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
    }

    @Test("no password signs in an account that another system made")
    func noPassword() async throws {
        let fixture = try Fixture()
        let made = try await fixture.accounts.signIn(external: .init(email: "una@lab.test", name: "Una"))
        let stored = try await fixture.database.read { try AuthTable.find(id: made.user.id, in: $0) }
        await #expect(throws: APIError.invalidCredentials) {
            try await fixture.accounts.signIn(email: "una@lab.test", password: stored?.password ?? "")
        }
    }

    @Test("a deactivated account stays out")
    func deactivated() async throws {
        let fixture = try Fixture()
        let (_, user, _) = try await fixture.adminAndUser()
        _ = try await fixture.database.write { session in
            try session.run("UPDATE auth SET active = ? WHERE id = ?", [.integer(0), .text(user.userID)])
        }
        await #expect(throws: APIError.invalidCredentials) {
            try await fixture.accounts.signIn(external: .init(email: user.email, name: ""))
        }
    }

    @Test("a provider's account is found by its subject though the e-mail has changed; another provider's is not")
    func subject() async throws {
        let fixture = try Fixture()
        _ = try await fixture.signUp("admin")
        var identity = ExternalIdentity(email: "una@lab.test", name: "Una")
        identity.providerAccount = .init(provider: "oidc", subject: "s'1\"")
        let made = try await fixture.accounts.signIn(external: identity)
        identity.email = "new@lab.test"
        #expect(try await fixture.accounts.signIn(external: identity).user.id == made.user.id)
        identity.providerAccount = .init(provider: "google", subject: "s'1\"")
        #expect(try await fixture.accounts.signIn(external: identity).user.id != made.user.id)
    }

    @Test("without leave to merge a taken e-mail is refused, and without leave to create a stranger")
    func refusals() async throws {
        let fixture = try Fixture()
        let (_, user, _) = try await fixture.adminAndUser()
        var identity = ExternalIdentity(email: user.email, name: "Una")
        identity.providerAccount = .init(provider: "oidc", subject: "1")
        identity.mayMergeByEmail = false
        await #expect(throws: APIError.emailTaken) { try await fixture.accounts.signIn(external: identity) }
        identity.mayMergeByEmail = true
        #expect(try await fixture.accounts.signIn(external: identity).user.id == user.userID)
        identity.mayMergeByEmail = false
        #expect(try await fixture.accounts.signIn(external: identity).user.id == user.userID)
        var stranger = ExternalIdentity(email: "new@lab.test", name: "New")
        stranger.mayCreate = false
        await #expect(throws: APIError.accessProhibited) { try await fixture.accounts.signIn(external: stranger) }
        await #expect(throws: APIError.invalidEmail) {
            try await fixture.accounts.signIn(external: .init(email: "nobody", name: ""))
        }
    }

    @Test(
        "a role that is decided elsewhere is taken at each sign-in, down too, but the only account stays administrator")
    func decidedRole() async throws {
        let fixture = try Fixture()
        var identity = ExternalIdentity(email: "ada@lab.test", name: "Ada")
        identity.role = .user
        #expect(try await fixture.accounts.signIn(external: identity).role == .admin)
        _ = try await fixture.accounts.signIn(external: .init(email: "una@lab.test", name: "Una"))
        #expect(try await fixture.accounts.signIn(external: identity).role == .user)
        identity.role = .admin
        #expect(try await fixture.accounts.signIn(external: identity).role == .admin)
    }

    @Test("groups become exactly those that are named, apart from unmanaged ones and from administrators' groups")
    func groups() async throws {
        let fixture = try Fixture()
        let (admin, user, _) = try await fixture.adminAndUser()
        for name in ["red", "green", "blue", "kept"] { try await makeGroup(fixture, name) }
        var identity = ExternalIdentity(email: user.email, name: "")
        identity.groups = .init(names: ["red", "green", "absent"])
        _ = try await fixture.accounts.signIn(external: identity)
        #expect(try await groupNames(fixture, user.userID) == ["green", "red"])
        try await fixture.database.write {
            try GroupTable.addMember(id: "m", groupID: "g-kept", userID: user.userID, at: 1, in: $0)
        }
        identity.groups = .init(names: ["blue", "absent"])
        identity.groups?.creates = true
        identity.groups?.manages = { $0 != "kept" }
        _ = try await fixture.accounts.signIn(external: identity)
        #expect(try await groupNames(fixture, user.userID) == ["absent", "blue", "kept"])
        let made = try await fixture.database.read { try GroupTable.of(userID: user.userID, in: $0) }
        #expect(made.first { $0.name == "absent" }?.userID == admin.userID)
        var administrator = ExternalIdentity(email: admin.email, name: "")
        administrator.groups = .init(names: ["red"])
        _ = try await fixture.accounts.signIn(external: administrator)
        #expect(try await groupNames(fixture, admin.userID).isEmpty)
    }
}
