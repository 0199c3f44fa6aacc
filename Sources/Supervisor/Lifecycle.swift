/// The life of one daemon as a state machine: state × event → actions. No clock, no process, no socket.
///
///     stopped → starting → ready → stopping → stopped
///                  ↓  ↑       ↓ ↘ replacing (a new process beside the old one) → ready
///                 backoff ←───┘
///
/// Processes that were replaced drain beside whatever the daemon does next (`draining`).
public struct Lifecycle: Sendable, Equatable {
    public enum Phase: Sendable, Equatable {
        case stopped
        case starting(InstanceID)
        case ready(InstanceID)
        case replacing(old: InstanceID, new: InstanceID)
        case stopping(InstanceID)
        case backoff
    }

    public internal(set) var phase: Phase = .stopped
    public internal(set) var draining: Set<InstanceID> = []
    /// Crashes in a row; a minute of health resets it.
    public internal(set) var crashes = 0
    /// Starts that were not asked for.
    public internal(set) var restarts = 0
    public internal(set) var lastFailure = ""
    public var policy: LifecyclePolicy
    var lastInstance: UInt32

    public init(policy: LifecyclePolicy = LifecyclePolicy(), lastInstance: UInt32 = 0) {
        self.policy = policy
        self.lastInstance = lastInstance
    }

    /// The process that serves, if any.
    public var serving: InstanceID? {
        switch phase {
        case .ready(let id), .replacing(let id, _): id
        case .stopped, .starting, .stopping, .backoff: nil
        }
    }

    /// The process that has not said yet that it serves, if any.
    public var starting: InstanceID? {
        switch phase {
        case .starting(let id), .replacing(_, let id): id
        case .stopped, .ready, .stopping, .backoff: nil
        }
    }

    /// Every process that may be alive.
    public var instances: Set<InstanceID> {
        switch phase {
        case .stopped, .backoff: draining
        case .starting(let id), .ready(let id), .stopping(let id): draining.union([id])
        case .replacing(let old, let new): draining.union([old, new])
        }
    }

    /// starting, ready, draining, backoff, degraded, stopped
    public var stateName: String {
        switch phase {
        case .stopped: draining.isEmpty ? "stopped" : "draining"
        case .ready, .replacing: "ready"
        case .stopping: "draining"
        case .starting: crashes >= policy.degradedAfter ? "degraded" : "starting"
        case .backoff: crashes >= policy.degradedAfter ? "degraded" : "backoff"
        }
    }

    public mutating func handle(_ event: LifecycleEvent) -> [LifecycleAction] {
        switch event {
        case .start: start()
        case .stop: stop()
        case .restart: restart()
        case .ready(let id): becameReady(id)
        case .spawnFailed(let id, let text): exited(id, text)
        case .exited(let id, let reason): exited(id, reason)
        case .beatsMissed(let id): hangs(id)
        case .timer(let timer): expired(timer)
        }
    }

    // MARK: Wishes

    private mutating func start() -> [LifecycleAction] {
        switch phase {
        case .stopped, .backoff:
            crashes = 0
            return [.disarm(.backoff)] + begin()
        case .ready(let id), .replacing(let id, _): return [.report(.ready(id))]
        case .starting: return []
        case .stopping: return [.report(.failed("it is stopping"))]
        }
    }

    private mutating func stop() -> [LifecycleAction] {
        switch phase {
        case .stopped: return [.report(.stopped)]
        case .stopping: return []
        case .backoff:
            phase = .stopped
            return [.disarm(.backoff), .report(.stopped)]
        case .starting(let id), .ready(let id):
            phase = .stopping(id)
            return [.disarm(.ready(id)), .disarm(.healthy(id))] + drainActions(id)
        case .replacing(let old, let new):
            phase = .stopping(old)
            draining.insert(new)
            return [.disarm(.ready(new)), .kill(new), .report(.failed("it was stopped"))] + drainActions(old)
        }
    }

    private mutating func restart() -> [LifecycleAction] {
        switch phase {
        case .stopped, .backoff: return start()
        case .starting: return []
        case .stopping: return [.report(.failed("it is stopping"))]
        case .replacing: return [.report(.failed("a hand-over is under way"))]
        case .ready(let old):
            let new = nextInstance()
            phase = .replacing(old: old, new: new)
            return [.spawn(new), .arm(.ready(new), policy.readyLimit)]
        }
    }

    // MARK: What processes do

    private mutating func becameReady(_ id: InstanceID) -> [LifecycleAction] {
        switch phase {
        case .starting(id):
            phase = .ready(id)
            return [.disarm(.ready(id)), .arm(.healthy(id), policy.healthyAfter), .report(.ready(id))]
        case .replacing(let old, id):
            phase = .ready(id)
            draining.insert(old)
            return [.disarm(.ready(id)), .disarm(.healthy(old)), .arm(.healthy(id), policy.healthyAfter)]
                + drainActions(old) + [.report(.ready(id))]
        default: return []
        }
    }

    private mutating func exited(_ id: InstanceID, _ reason: String) -> [LifecycleAction] {
        let cleared: [LifecycleAction] = [
            .disarm(.ready(id)), .disarm(.drain(id)), .disarm(.kill(id)), .disarm(.healthy(id)),
        ]
        if draining.remove(id) != nil { return cleared + [.report(.drained(id))] }
        switch phase {
        case .stopping(id):
            phase = .stopped
            return cleared + [.report(.stopped)]
        case .starting(id), .ready(id):
            return cleared + [.report(.crashed(id, reason))] + crashed(reason)
        case .replacing(let old, id):
            phase = .ready(old)
            lastFailure = reason
            return cleared + [.report(.crashed(id, reason)), .report(.failed("the new process failed: \(reason)"))]
        case .replacing(id, let new):
            // The old one died while the new one starts: what was a hand-over is a start now.
            phase = .starting(new)
            restarts += 1
            lastFailure = reason
            return cleared + [.report(.crashed(id, reason))]
        default: return cleared
        }
    }

    private mutating func crashed(_ reason: String) -> [LifecycleAction] {
        crashes += 1
        restarts += 1
        lastFailure = reason
        guard crashes > 1 else { return begin() }
        phase = .backoff
        var actions: [LifecycleAction] = [.arm(.backoff, backoff)]
        if crashes == policy.degradedAfter { actions.append(.report(.failed(reason))) }
        return actions
    }

    /// Nothing after the first crash, then 100 ms doubling to 30 s.
    var backoff: Duration {
        var delay = policy.firstBackoff
        for _ in 2..<max(2, min(crashes, 20)) { delay = min(delay * 2, policy.longestBackoff) }
        return delay
    }

    private mutating func hangs(_ id: InstanceID) -> [LifecycleAction] {
        guard instances.contains(id) else { return [] }
        return [.abort(id), .arm(.kill(id), policy.abortGrace)]
    }

    private mutating func expired(_ timer: LifecycleTimer) -> [LifecycleAction] {
        switch timer {
        case .ready(let id):
            guard isAwaited(id) else { return [] }
            return [.kill(id)]
        case .drain(let id), .kill(let id):
            guard instances.contains(id) else { return [] }
            return [.kill(id)]
        case .healthy(let id):
            if serving == id { crashes = 0 }
            return []
        case .backoff:
            guard phase == .backoff else { return [] }
            return begin()
        }
    }

    // MARK: Pieces

    /// It has not said READY yet, and is to.
    private func isAwaited(_ id: InstanceID) -> Bool {
        switch phase {
        case .starting(id), .replacing(_, id): true
        default: false
        }
    }

    private mutating func begin() -> [LifecycleAction] {
        let id = nextInstance()
        phase = .starting(id)
        return [.spawn(id), .arm(.ready(id), policy.readyLimit)]
    }

    /// The process gets its limit and a little more, so that it can end in good order itself.
    private func drainActions(_ id: InstanceID) -> [LifecycleAction] {
        [.drain(id), .arm(.drain(id), policy.drainLimit + .seconds(5))]
    }

    private mutating func nextInstance() -> InstanceID {
        lastInstance += 1
        return InstanceID(lastInstance)
    }
}
