import Synchronization

/// Counts connections from the moment they are accepted, and tells who waits for the last to go.
final class ConnectionCensus: Sendable {
    private struct State {
        var open = 0
        var accepted = 0
        var refused = 0
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    var open: Int { state.withLock(\.open) }
    var accepted: Int { state.withLock(\.accepted) }
    var refused: Int { state.withLock(\.refused) }

    /// Whether there is still room for the one that enters; it is counted in any case, and has to leave.
    func enter(limit: Int) -> Bool {
        state.withLock {
            $0.open += 1
            $0.accepted += 1
            if $0.open > limit { $0.refused += 1 }
            return $0.open <= limit
        }
    }

    func leave() {
        let waiters = state.withLock { state in
            state.open -= 1
            guard state.open == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when no connection is open, or the task is cancelled.
    func empty() async {
        let number = state.withLock {
            $0.nextWaiter += 1
            return $0.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isDone = state.withLock { state in
                    guard state.open > 0, !Task.isCancelled else { return true }
                    state.waiters[number] = waiter
                    return false
                }
                if isDone { waiter.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }
}
