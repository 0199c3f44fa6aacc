import Foundation
import Logging
import Storage
import Synchronization

@testable import Identity

/// A service on a database of its own, with a clock that the test turns and cheap passwords.
final class Fixture: Sendable {
    let directory: String
    let database: Database
    let store: IdentitySettingsStore
    let authenticator: Authenticator
    let accounts: AccountService
    let time: TestTime
    let changes = Mutex<[SettingChange]>([])

    init(cost: Int = 4, queueCapacity: Int = 256, _ change: (inout IdentitySettings) -> Void = { _ in }) throws {
        directory = NSTemporaryDirectory() + "martlet-identity-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/webui.db"
        try Migrator.prepare(path: path)
        database = try Database.open(path: path)
        var settings = IdentitySettings(secretKey: Array("0123456789abcdef0123456789abcdef".utf8))
        change(&settings)
        store = try IdentitySettingsStore(settings)
        time = TestTime()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        authenticator = Authenticator(database: database, settings: store, clock: time.clock, logger: logger)
        let reporter = Reporter()
        accounts = AccountService(
            database: database, settings: store, hasher: PasswordHasher(cost: cost, queueCapacity: queueCapacity),
            authenticator: authenticator, clock: time.clock, logger: logger, settingsChanged: { reporter.report($0) })
        reporter.fixture.withLock { $0 = Weak(self) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Signs up and gives the principal of the new session.
    func signUp(_ name: String) async throws -> (principal: Principal, token: String) {
        let response = try await accounts.signUp(name: name, email: "\(name)@lab.test", password: "pass-\(name)")
        return (try await authenticator.authenticate(response.token, path: "/"), response.token)
    }

    /// An administrator, and with sign-up open again, a plain user.
    func adminAndUser() async throws -> (admin: Principal, user: Principal, userToken: String) {
        let admin = try await signUp("admin")
        try store.update {
            $0.enableSignup = true
            $0.defaultUserRole = .user
        }
        let user = try await signUp("user")
        return (admin.principal, user.principal, user.token)
    }

    func setRole(_ role: Role, of userID: String) async throws {
        _ = try await database.write { try UserTable.updateRole(id: userID, role: role.rawValue, at: 1, in: $0) }
        authenticator.forget(userID: userID)
    }
}

private final class Reporter: Sendable {
    let fixture = Mutex<Weak?>(nil)

    func report(_ change: SettingChange) {
        fixture.withLock { $0 }?.fixture?.changes.withLock { $0.append(change) }
    }
}

private struct Weak: Sendable {
    weak let fixture: Fixture?
    init(_ fixture: Fixture) { self.fixture = fixture }
}

/// Both clocks, set by hand.
final class TestTime: Sendable {
    private let seconds = Mutex(1_800_000_000.0)

    func advance(_ by: Double) { seconds.withLock { $0 += by } }
    var now: Int64 { seconds.withLock { Int64($0) } }

    var clock: IdentityClock {
        IdentityClock(now: { self.now }, monotonic: { self.seconds.withLock { $0 } })
    }
}

/// Polls until the condition holds, for five seconds at most.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(5)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}
