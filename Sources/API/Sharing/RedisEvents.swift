import DaemonKit
import Identity
import Logging
import Redis
import Synchronization

/// `SharedEvents` through Redis.
final class RedisEvents: SharedEvents {
    private let state: SharedState
    private let clock: IdentityClock
    private let ear: Ear

    /// - Throws: `RedisURL.Invalid`, or `RedisError` if there is no hiredis.
    init(_ settings: Settings, clock: IdentityClock = .system, logger: Logger) throws {
        let ear = Ear()
        state = try SharedState(
            RedisURL(settings.text("REDIS_URL")), prefix: settings.text("REDIS_KEY_PREFIX"), logger: logger
        ) { event in ear.heard.withLock { $0 }?(event) }
        self.ear = ear
        self.clock = clock
    }

    /// - Parameter heard: what other hosts have told; `.anything` first. Called on a thread of Redis' too, must not block.
    func listen(_ heard: @escaping @Sendable (SharedEvent) -> Void) {
        ear.heard.withLock { $0 = heard }
        heard(.anything)
    }

    /// Both connections: one that tells nobody is as good as deaf, for the others.
    var isHearing: Bool { state.isUp }

    func settingsChanged(_ keys: [String]) { state.publish(.settingsChanged(keys)) }

    func accountChanged(userID: String) { state.publish(.accountChanged(userID: userID)) }

    func sessionEnded(jti: String, expiresAt: Int64?) {
        state.publish(.sessionRevoked(jti: jti))
        guard let expiresAt else { return }
        let lifetime = Duration.seconds(expiresAt - clock.now())
        // Martlet's own hosts ask the database; without it only an Open WebUI beside them would not know.
        Task { [state] in try? await state.revoke(jti: jti, lifetime: lifetime) }
    }

    func hasEnded(jti: String) async -> Bool { await state.isRevoked(jti: jti) == true }

    func allowSignIn(email: String) async -> Bool? { await state.allowSignIn(email: email) }
}

/// Who hears comes after what is heard, which needs to be there first.
private final class Ear: Sendable {
    let heard = Mutex<(@Sendable (SharedEvent) -> Void)?>(nil)
}

extension SharedEvent {
    /// Names of settings that may have changed, none for any; nil if none has.
    var settings: [String]? {
        switch self {
        case .settingsChanged(let keys): keys
        case .anything: []
        case .accountChanged, .sessionRevoked: nil
        }
    }
}

extension Authenticator {
    /// Gives up what does not hold any more by word of another host.
    func hear(_ event: SharedEvent) {
        switch event {
        case .accountChanged(let userID): forgetHere(userID: userID)
        case .sessionRevoked(let jti): forgetHere(jti: jti)
        case .anything: forgetAllHere()
        case .settingsChanged: break
        }
    }
}
