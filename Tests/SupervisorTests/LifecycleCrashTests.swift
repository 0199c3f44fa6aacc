import Testing

@testable import Supervisor

@Suite struct LifecycleCrashTests {
    /// Lets the current process crash, and the pause after it pass; the pause.
    private func crashOnce(_ lifecycle: inout Lifecycle) -> Duration? {
        guard case .starting(let id) = lifecycle.phase else {
            Issue.record("not starting: \(lifecycle.phase)")
            return nil
        }
        var pause: Duration?
        for case .arm(.backoff, let delay) in lifecycle.crash(id) { pause = delay }
        if pause != nil { _ = lifecycle.handle(.timer(.backoff)) }
        return pause
    }

    @Test("the first crash is answered at once, each further one after a pause that doubles from 100 ms to 30 s")
    func pauses() {
        var lifecycle = Lifecycle(after: [.start])
        var pauses: [Duration?] = []
        for _ in 0..<40 { pauses.append(crashOnce(&lifecycle)) }
        let doubling = (0..<9).map { Duration.milliseconds(100 << $0) }
        #expect(pauses.first == .some(nil))
        #expect(Array(pauses[1..<10]) == doubling)
        #expect(pauses[10...].allSatisfy { $0 == .seconds(30) })
        #expect(lifecycle.crashes == 40 && lifecycle.restarts == 40)
    }

    @Test("five crashes in a row make it degraded, which is reported once; it is still tried")
    func degraded() {
        var lifecycle = Lifecycle(after: [.start])
        var reports: [Int] = []
        for count in 1...8 {
            guard case .starting(let id) = lifecycle.phase else { return }
            let actions = lifecycle.crash(id)
            #expect(actions.contains(.report(.crashed(id, "signal 11"))))
            if actions.contains(.report(.failed("signal 11"))) { reports.append(count) }
            if count > 1 {
                #expect(lifecycle.stateName == (count < 5 ? "backoff" : "degraded"))
                _ = lifecycle.handle(.timer(.backoff))
            }
            #expect(lifecycle.stateName == (count < 5 ? "starting" : "degraded"))
        }
        #expect(reports == [5])
        _ = lifecycle.handle(.ready(InstanceID(9)))
        #expect(lifecycle.stateName == "ready" && lifecycle.serving == InstanceID(9))
    }

    @Test("crashes are counted until a process has served for a minute")
    func health() {
        var lifecycle = Lifecycle(after: [.start, .exited(one, reason: "x"), .exited(two, reason: "x")])
        _ = lifecycle.handle(.timer(.backoff))
        _ = lifecycle.handle(.ready(three))
        #expect(lifecycle.crashes == 2)
        // READY alone earns nothing: a process that crashes on its first request would loop without a pause.
        #expect(lifecycle.crash(three).contains(.arm(.backoff, .milliseconds(200))))
        _ = lifecycle.handle(.timer(.backoff))
        _ = lifecycle.handle(.ready(InstanceID(4)))
        _ = lifecycle.handle(.timer(.healthy(InstanceID(4))))
        #expect(lifecycle.crashes == 0 && lifecycle.restarts == 3)
        #expect(lifecycle.crash(InstanceID(4)).contains(.spawn(InstanceID(5))))
    }

    @Test("the minute of a process that is gone or was replaced resets nothing")
    func staleHealth() {
        var lifecycle = Lifecycle(after: [.start, .exited(one, reason: "x"), .ready(two), .restart, .ready(three)])
        _ = lifecycle.handle(.timer(.healthy(two)))
        _ = lifecycle.handle(.timer(.healthy(one)))
        #expect(lifecycle.crashes == 1)
        _ = lifecycle.handle(.timer(.healthy(three)))
        #expect(lifecycle.crashes == 0)
    }

    @Test("who asks for a start in the pause forgets the earlier crashes")
    func askedFor() {
        var lifecycle = Lifecycle(after: [.start, .exited(one, reason: "x"), .exited(two, reason: "x")])
        #expect(lifecycle.handle(.start).contains(.disarm(.backoff)))
        #expect(lifecycle.crashes == 0 && lifecycle.phase == .starting(three))
        #expect(lifecycle.crash(three).contains(.spawn(InstanceID(4))))
    }

    @Test("a stop in the pause disarms it: nothing starts by itself any more")
    func stopped() {
        var lifecycle = Lifecycle(after: [.start, .exited(one, reason: "x"), .exited(two, reason: "x")])
        #expect(lifecycle.handle(.stop) == [.disarm(.backoff), .report(.stopped)])
        #expect(lifecycle.handle(.timer(.backoff)).isEmpty && lifecycle.phase == .stopped)
    }

    @Test("a hang is aborted, killed after its grace, and followed by a new process at once")
    func hang() {
        var lifecycle = Lifecycle(after: [.start, .ready(one)])
        #expect(lifecycle.effects(.beatsMissed(one)) == LifecycleAction.aborts(one))
        #expect(lifecycle.serving == one)
        #expect(lifecycle.effects(.timer(.kill(one))) == [.kill(one)])
        let actions = lifecycle.handle(.exited(one, reason: "signal 9"))
        #expect(actions.contains(.disarm(.kill(one))) && actions.suffix(2) == LifecycleAction.begins(two)[...])
        #expect(lifecycle.lastFailure == "signal 9")
    }

    @Test("a process that says READY too late is killed, and its death is a crash")
    func readyLimit() {
        var policy = LifecyclePolicy()
        policy.readyLimit = .seconds(3)
        var lifecycle = Lifecycle(policy: policy)
        #expect(lifecycle.effects(.start) == [.spawn(one), .arm(.ready(one), .seconds(3))])
        #expect(lifecycle.effects(.timer(.ready(one))) == [.kill(one)])
        _ = lifecycle.handle(.exited(one, reason: "signal 9"))
        #expect(lifecycle.crashes == 1 && lifecycle.phase == .starting(two))
    }

    @Test("the time-out of READY does nothing to a process that became ready or is to leave")
    func staleReadyLimit() {
        for end in [LifecycleEvent.ready(one), .stop] {
            var lifecycle = Lifecycle(after: [.start])
            #expect(lifecycle.handle(end).contains(.disarm(.ready(one))))
            #expect(lifecycle.handle(.timer(.ready(one))).isEmpty)
        }
    }
}
