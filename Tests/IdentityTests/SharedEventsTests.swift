import Logging
import Storage
import Synchronization
import Testing

@testable import Identity

@Suite("What other hosts are told and tell")
struct SharedEventsTests {
    /// Keeps what it is told, and says what the test has it say.
    private final class Others: SharedEvents {
        struct State {
            var told: [String] = []
            var isHearing = true
            var ended: Set<String> = []
            var allowed: Bool?
        }
        let state = Mutex(State())

        var told: [String] { state.withLock { $0.told } }
        func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }

        var isHearing: Bool { state.withLock { $0.isHearing } }
        func accountChanged(userID: String) { state.withLock { $0.told.append("account \(userID)") } }
        func sessionEnded(jti: String, expiresAt: Int64?) {
            state.withLock { $0.told.append("session \(jti) \(expiresAt ?? -1)") }
        }
        func hasEnded(jti: String) async -> Bool { state.withLock { $0.ended.contains(jti) } }
        func allowSignIn(email: String) async -> Bool? { state.withLock { $0.allowed } }
    }

    /// A host that has others, and an administrator's session on it.
    private struct Host {
        let fixture: Fixture
        let others = Others()
        let authenticator: Authenticator
        let accounts: AccountService
        let principal: Principal
        let token: String

        init() async throws {
            fixture = try Fixture()
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            authenticator = Authenticator(
                database: fixture.database, settings: fixture.store, shared: others, clock: fixture.time.clock,
                logger: logger)
            accounts = AccountService(
                database: fixture.database, settings: fixture.store, hasher: PasswordHasher(cost: 4),
                authenticator: authenticator, clock: fixture.time.clock, logger: logger, settingsChanged: { _ in })
            token = try await accounts.signUp(name: "ada", email: "ada@lab.test", password: "pass-ada").token
            principal = try await authenticator.authenticate(token, path: "/")
        }

        func signIn(_ password: String = "pass-ada") async throws -> String {
            try await accounts.signIn(email: "ada@lab.test", password: password).token
        }
    }

    private static func session(_ principal: Principal) -> (jti: String, expiresAt: Int64)? {
        guard case .session(let jti, let expiresAt?) = principal.credential else { return nil }
        return (jti, expiresAt)
    }

    @Test("a change of an account is told, what others tell is not told on; both are forgotten here")
    func accounts() async throws {
        let host = try await Host()
        host.authenticator.forgetHere(userID: host.principal.userID)
        #expect(host.others.told.isEmpty && host.authenticator.cached(host.token, path: "/") == nil)
        _ = try await host.authenticator.authenticate(host.token, path: "/")
        #expect(host.authenticator.cached(host.token, path: "/") != nil)
        _ = try await host.accounts.createAPIKey(host.principal)
        #expect(host.others.told == ["account \(host.principal.userID)"])
        #expect(host.authenticator.cached(host.token, path: "/") == nil)
    }

    @Test("a sign-out is told with the session's name and expiry; one that is heard of ends that session's memory only")
    func sessions() async throws {
        let host = try await Host()
        let other = try await host.signIn()
        let principal = try await host.authenticator.authenticate(other, path: "/")
        let (jti, expiresAt) = try #require(Self.session(principal))
        host.authenticator.forgetHere(jti: jti)
        #expect(host.authenticator.cached(other, path: "/") == nil)
        #expect(host.authenticator.cached(host.token, path: "/") == host.principal)
        host.authenticator.forgetHere(jti: "unknown")
        #expect(host.authenticator.cached(host.token, path: "/") == host.principal)
        #expect(host.others.told.isEmpty)
        try await host.accounts.signOut(principal, token: other)
        #expect(host.others.told == ["session \(jti) \(expiresAt)"])
        await #expect(throws: AuthenticationError.invalidToken) {
            try await host.authenticator.authenticate(other, path: "/")
        }
    }

    @Test("while the others cannot be heard nothing is taken from memory; afterwards it must be given up first")
    func deaf() async throws {
        let host = try await Host()
        #expect(host.authenticator.cached(host.token, path: "/") != nil)
        host.others.set { $0.isHearing = false }
        #expect(host.authenticator.cached(host.token, path: "/") == nil)
        #expect(try await host.authenticator.authenticate(host.token, path: "/") == host.principal)
        #expect(host.authenticator.cached(host.token, path: "/") == nil)
        host.authenticator.forgetAllHere()
        host.others.set { $0.isHearing = true }
        #expect(host.authenticator.cached(host.token, path: "/") == nil)
        #expect(try await host.authenticator.authenticate(host.token, path: "/") == host.principal)
        #expect(host.authenticator.cached(host.token, path: "/") == host.principal)
    }

    @Test("a session that an Open WebUI has ended does not hold here either")
    func endedElsewhere() async throws {
        let host = try await Host()
        let (jti, _) = try #require(Self.session(host.principal))
        host.others.set { $0.ended = [jti] }
        host.authenticator.forgetAllHere()
        await #expect(throws: AuthenticationError.invalidToken) {
            try await host.authenticator.authenticate(host.token, path: "/")
        }
    }

    @Test("the others' count of sign-ins decides; when they cannot be asked, this host's, which has counted along")
    func signIns() async throws {
        let host = try await Host()
        host.others.set { $0.allowed = false }
        await #expect(throws: APIError.rateLimited) { try await host.signIn() }
        host.others.set { $0.allowed = true }
        for _ in 0..<20 { await #expect(throws: APIError.invalidCredentials) { try await host.signIn("wrong") } }
        host.others.set { $0.allowed = nil }
        await #expect(throws: APIError.rateLimited) { try await host.signIn() }
        host.others.set { $0.allowed = true }
        _ = try await host.signIn()
        host.others.set { $0.allowed = nil }
        host.fixture.time.advance(300)
        for _ in 0..<15 { await #expect(throws: APIError.invalidCredentials) { try await host.signIn("wrong") } }
        await #expect(throws: APIError.rateLimited) { try await host.signIn() }
    }
}
