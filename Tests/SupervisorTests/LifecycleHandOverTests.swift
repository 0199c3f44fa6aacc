import Testing

@testable import Supervisor

@Suite struct LifecycleHandOverTests {
    static let replaced: [LifecycleEvent] = [.start, .ready(one), .restart, .ready(two)]

    @Test("during a hand-over the old process serves until the new one says READY")
    func serving() {
        var lifecycle = Lifecycle(after: [.start])
        #expect(lifecycle.serving == nil && lifecycle.stateName == "starting")
        _ = lifecycle.handle(.ready(one))
        _ = lifecycle.handle(.restart)
        #expect(lifecycle.serving == one && lifecycle.instances == [one, two] && lifecycle.stateName == "ready")
        _ = lifecycle.handle(.ready(two))
        #expect(lifecycle.serving == two && lifecycle.instances == [one, two] && lifecycle.stateName == "ready")
    }

    @Test("a process that was replaced drains beside the new one; its end is told and counts as no crash")
    func drained() {
        var lifecycle = Lifecycle(after: Self.replaced)
        #expect(lifecycle.crash(one) == [.report(.drained(one))])
        #expect(lifecycle.phase == .ready(two) && lifecycle.draining.isEmpty)
        #expect(lifecycle.crashes == 0 && lifecycle.restarts == 0)
    }

    @Test("a drain that outlasts its limit is killed, the serving process stays")
    func drainLimit() {
        var policy = LifecyclePolicy()
        policy.drainLimit = .seconds(7)
        var lifecycle = Lifecycle(after: [.start, .ready(one), .restart], policy: policy)
        #expect(lifecycle.effects(.ready(two)).contains(.arm(.drain(one), .seconds(12))))
        #expect(lifecycle.effects(.timer(.drain(one))) == [.kill(one)])
        #expect(lifecycle.phase == .ready(two) && lifecycle.draining == [one])
    }

    @Test("a drain that hangs is aborted, then killed")
    func drainHangs() {
        var lifecycle = Lifecycle(after: Self.replaced)
        #expect(lifecycle.effects(.beatsMissed(one)) == LifecycleAction.aborts(one))
        #expect(lifecycle.effects(.timer(.kill(one))) == [.kill(one)])
        #expect(lifecycle.serving == two)
    }

    @Test("a second hand-over does not wait for the first one's drain")
    func twice() {
        var lifecycle = Lifecycle(after: Self.replaced)
        #expect(lifecycle.effects(.restart) == LifecycleAction.begins(three))
        _ = lifecycle.handle(.ready(three))
        #expect(lifecycle.phase == .ready(three) && lifecycle.draining == [one, two])
    }

    @Test("a new process that fails leaves the old one serving, with what it had earned")
    func newOneFails() {
        var lifecycle = Lifecycle(after: [.start, .exited(one, reason: "x"), .ready(two), .restart])
        #expect(lifecycle.effects(.timer(.ready(three))) == [.kill(three)])
        let actions = lifecycle.crash(three)
        #expect(actions.contains(.report(.failed("the new process failed: signal 11"))))
        #expect(lifecycle.phase == .ready(two) && lifecycle.lastFailure == "signal 11")
        #expect(lifecycle.crashes == 1 && lifecycle.restarts == 1)
        // Its own minute of health still runs.
        #expect(!actions.contains(.disarm(.healthy(two))))
        _ = lifecycle.handle(.timer(.healthy(two)))
        #expect(lifecycle.crashes == 0)
    }

    @Test("an old process that dies during a hand-over makes it a start: the new one is waited for, none is added")
    func oldOneDies() {
        var lifecycle = Lifecycle(after: [.start, .ready(one), .restart])
        #expect(lifecycle.crash(one) == [.report(.crashed(one, "signal 11"))])
        #expect(lifecycle.phase == .starting(two) && lifecycle.instances == [two])
        #expect(lifecycle.effects(.ready(two)) == LifecycleAction.serves(two))
        #expect(lifecycle.restarts == 1)
    }

    @Test("both processes of a hand-over dying is a crash like any other")
    func bothDie() {
        var lifecycle = Lifecycle(after: [.start, .ready(one), .restart])
        _ = lifecycle.crash(one)
        #expect(lifecycle.crash(two).suffix(2) == LifecycleAction.begins(three)[...])
        #expect(lifecycle.phase == .starting(three) && lifecycle.instances == [three])
    }

    @Test("a hand-over that is stopped kills the new process and drains the old one; both ends are awaited")
    func stoppedMeanwhile() {
        var lifecycle = Lifecycle(after: [.start, .ready(one), .restart, .stop])
        #expect(lifecycle.serving == nil && lifecycle.instances == [one, two])
        #expect(lifecycle.effects(.ready(two)).isEmpty)
        #expect(lifecycle.crash(two) == [.report(.drained(two))])
        #expect(lifecycle.crash(one) == [.report(.stopped)])
        #expect(lifecycle.instances.isEmpty && lifecycle.stateName == "stopped")
    }

    @Test("start while an earlier process still drains begins a new one beside it")
    func startWhileDraining() {
        var lifecycle = Lifecycle(after: Self.replaced + [.stop])
        #expect(lifecycle.crash(two) == [.report(.stopped)])
        #expect(lifecycle.phase == .stopped && lifecycle.stateName == "draining" && lifecycle.instances == [one])
        #expect(lifecycle.effects(.start) == LifecycleAction.begins(three))
        #expect(lifecycle.phase == .starting(three) && lifecycle.draining == [one])
        #expect(lifecycle.crash(one) == [.report(.drained(one))])
        #expect(lifecycle.phase == .starting(three))
    }

    @Test("a crash in a hand-over leaves earlier processes draining")
    func crashWhileDraining() {
        var lifecycle = Lifecycle(after: Self.replaced)
        _ = lifecycle.crash(two)
        #expect(lifecycle.phase == .starting(three) && lifecycle.draining == [one])
    }

    @Test("an instance's number is never used again, not after a re-execution either")
    func numbers() {
        var lifecycle = Lifecycle(lastInstance: 41)
        #expect(lifecycle.effects(.start).first == .spawn(InstanceID(42)))
        _ = lifecycle.handle(.stop)
        _ = lifecycle.crash(InstanceID(42))
        #expect(lifecycle.effects(.start).first == .spawn(InstanceID(43)))
    }
}
