import Synchronization

/// Principals by their token, so that most requests need no database: bounded in number and in age.
///
/// An entry is given up when its token expires, after `longest` at the latest, and at once by `forget`.
final class PrincipalCache: Sendable {
    static let capacity = 10_000
    /// Seconds.
    static let longest = 60.0

    private struct Entry {
        let principal: Principal
        /// On the monotonic clock.
        let deadline: Double
        let settingsVersion: Int
    }

    private struct State {
        /// Keys are secrets: never log them.
        var entries: [String: Entry] = [:]
        var tokens: [String: Set<String>] = [:]
        var epoch = 0

        mutating func remove(_ token: String) {
            guard let entry = entries.removeValue(forKey: token) else { return }
            let userID = entry.principal.userID
            tokens[userID]?.remove(token)
            if tokens[userID]?.isEmpty == true { tokens[userID] = nil }
        }
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int = PrincipalCache.capacity) {
        self.capacity = capacity
    }

    /// Changes with every `forget`. Take it before reading the database: see `insert`.
    var epoch: Int { state.withLock { $0.epoch } }

    var count: Int { state.withLock { $0.entries.count } }

    func find(_ token: String, now: Double, settingsVersion: Int) -> Principal? {
        state.withLock { state in
            guard let entry = state.entries[token] else { return nil }
            guard entry.deadline > now, entry.settingsVersion == settingsVersion else {
                state.remove(token)
                return nil
            }
            return entry.principal
        }
    }

    /// Keeps a principal for `lifetime` seconds at most.
    ///
    /// Nothing is kept if something was forgotten since `epoch` was taken: the row may have been read before that.
    func insert(
        _ principal: Principal, token: String, now: Double, lifetime: Double, settingsVersion: Int, epoch: Int
    ) {
        state.withLock { state in
            guard state.epoch == epoch, lifetime > 0 else { return }
            state.remove(token)
            if state.entries.count >= capacity { Self.makeRoom(in: &state, now: now, capacity: capacity) }
            state.entries[token] = Entry(
                principal: principal, deadline: now + min(lifetime, Self.longest), settingsVersion: settingsVersion)
            state.tokens[principal.userID, default: []].insert(token)
        }
    }

    func forget(userID: String) {
        state.withLock { state in
            state.epoch += 1
            for token in state.tokens.removeValue(forKey: userID) ?? [] { state.entries[token] = nil }
        }
    }

    func forget(token: String) {
        state.withLock { state in
            state.epoch += 1
            state.remove(token)
        }
    }

    /// Looks at every entry: it is asked for seldom.
    func forget(jti: String) {
        state.withLock { state in
            state.epoch += 1
            let tokens = state.entries.filter { entry in
                if case .session(jti, _) = entry.value.principal.credential { true } else { false }
            }
            for token in tokens.keys { state.remove(token) }
        }
    }

    func forgetAll() {
        state.withLock { state in
            state.epoch += 1
            state.entries.removeAll()
            state.tokens.removeAll()
        }
    }

    /// Drops what has expired, and if that is little, a tenth of the rest, so that it is seldom done.
    private static func makeRoom(in state: inout State, now: Double, capacity: Int) {
        for (token, entry) in state.entries where entry.deadline <= now { state.remove(token) }
        let surplus = state.entries.count - capacity * 9 / 10
        guard surplus > 0 else { return }
        for token in Array(state.entries.keys.prefix(surplus)) { state.remove(token) }
    }
}
