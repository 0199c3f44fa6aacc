import Testing

@testable import Supervisor

/// Processes and timers as the lifecycle's actions make them, and what must hold of them after every event.
struct LifecycleWorld {
    private(set) var lifecycle = Lifecycle()
    /// Spawned and not gone.
    private(set) var alive: Set<InstanceID> = []
    private(set) var armed: Set<LifecycleTimer> = []
    /// Told to leave, or about to be made to.
    private(set) var leaving: Set<InstanceID> = []
    private(set) var killed: Set<InstanceID> = []
    private var saidReady: Set<InstanceID> = []
    private var spawned: Set<InstanceID> = []
    private(set) var history: [LifecycleEvent] = []

    mutating func happens(_ event: LifecycleEvent) {
        history.append(event)
        switch event {
        case .exited(let id, _), .spawnFailed(let id, _): alive.remove(id)
        case .ready(let id): saidReady.insert(id)
        case .timer(let timer): armed.remove(timer)
        default: break
        }
        for action in lifecycle.handle(event) { carryOut(action) }
        check()
    }

    private mutating func carryOut(_ action: LifecycleAction) {
        switch action {
        case .spawn(let id):
            if !spawned.insert(id).inserted { Issue.record("\(id) is started twice") }
            alive.insert(id)
        case .drain(let id): leaving.insert(id)
        case .abort(let id): leaving.insert(id)
        case .kill(let id):
            leaving.insert(id)
            killed.insert(id)
        case .arm(let timer, _): armed.insert(timer)
        case .disarm(let timer): armed.remove(timer)
        case .report: break
        }
    }

    /// Plain conditions: an expectation for each of so many would take most of the time.
    private func check() {
        func holds(_ condition: Bool, _ what: String) { if !condition { Issue.record("\(what) after \(history)") } }
        holds(alive == lifecycle.instances, "a process is alive but in no set, or the other way round,")
        holds(alive.intersection(saidReady).subtracting(leaving).count <= 1, "two processes serve")
        if let id = lifecycle.serving {
            holds(alive.contains(id) && saidReady.contains(id), "one that cannot serve is taken for serving")
        }
        holds(hasWayOut, "nothing will ever happen to \(lifecycle.phase)")
        holds(armed.allSatisfy { owner($0).map(alive.contains) ?? true }, "a timer outlives its process")
        if case .ready(let id) = lifecycle.phase { holds(!armed.contains(.ready(id)), "READY is still waited for") }
    }

    /// Every process that does not serve has its end before it: it was killed, or a timer will see to it.
    private var hasWayOut: Bool {
        let draining = lifecycle.draining.allSatisfy { ends($0, .drain($0)) }
        switch lifecycle.phase {
        case .stopped, .ready: return draining
        case .starting(let id), .replacing(_, let id): return draining && ends(id, .ready(id))
        case .stopping(let id): return draining && ends(id, .drain(id))
        case .backoff: return draining && armed.contains(.backoff)
        }
    }

    private func ends(_ id: InstanceID, _ timer: LifecycleTimer) -> Bool {
        killed.contains(id) || armed.contains(timer)
    }

    private func owner(_ timer: LifecycleTimer) -> InstanceID? {
        switch timer {
        case .ready(let id), .drain(let id), .kill(let id), .healthy(let id): id
        case .backoff: nil
        }
    }
}
