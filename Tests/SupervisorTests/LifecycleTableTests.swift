import Testing

@testable import Supervisor

/// Every state × every event: what it becomes, and what is done.
@Suite struct LifecycleTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var event: LifecycleEvent
        var phase: Lifecycle.Phase
        var actions: [LifecycleAction] = []
        var draining: Set<InstanceID> = []

        init(
            _ event: LifecycleEvent, _ phase: Lifecycle.Phase, _ actions: [LifecycleAction] = [],
            draining: Set<InstanceID> = []
        ) {
            (self.event, self.phase, self.actions, self.draining) = (event, phase, actions, draining)
        }

        var testDescription: String { "\(event) → \(phase)" }
    }

    static func crash(_ id: InstanceID) -> LifecycleEvent { .exited(id, reason: "signal 11") }
    static func crashed(_ id: InstanceID) -> LifecycleAction { .report(.crashed(id, "signal 11")) }

    private func check(_ row: Row, after history: [LifecycleEvent]) {
        var lifecycle = Lifecycle(after: history)
        let actions = lifecycle.effects(row.event)
        #expect(lifecycle.phase == row.phase)
        #expect(lifecycle.draining == row.draining)
        #expect(actions == row.actions)
    }

    @Test(
        "stopped: start and restart begin, all else is nothing",
        arguments: [
            Row(.start, .starting(one), LifecycleAction.begins(one)),
            Row(.restart, .starting(one), LifecycleAction.begins(one)),
            Row(.stop, .stopped, [.report(.stopped)]),
            Row(.ready(one), .stopped), Row(crash(one), .stopped), Row(.spawnFailed(one, "x"), .stopped),
            Row(.beatsMissed(one), .stopped), Row(.timer(.ready(one)), .stopped), Row(.timer(.drain(one)), .stopped),
            Row(.timer(.kill(one)), .stopped), Row(.timer(.healthy(one)), .stopped), Row(.timer(.backoff), .stopped),
        ])
    func stopped(_ row: Row) { check(row, after: []) }

    @Test(
        "starting: READY makes it ready, the time-out kills, the end starts the next at once",
        arguments: [
            Row(.start, .starting(one)), Row(.restart, .starting(one)),
            Row(.stop, .stopping(one), LifecycleAction.drains(one)),
            Row(.ready(one), .ready(one), LifecycleAction.serves(one)),
            Row(.ready(two), .starting(one)),
            Row(crash(one), .starting(two), [crashed(one)] + LifecycleAction.begins(two)),
            Row(.spawnFailed(one, "signal 11"), .starting(two), [crashed(one)] + LifecycleAction.begins(two)),
            Row(crash(two), .starting(one)),
            Row(.beatsMissed(one), .starting(one), LifecycleAction.aborts(one)),
            Row(.timer(.ready(one)), .starting(one), [.kill(one)]),
            Row(.timer(.ready(two)), .starting(one)), Row(.timer(.healthy(one)), .starting(one)),
            Row(.timer(.backoff), .starting(one)),
        ])
    func starting(_ row: Row) { check(row, after: [.start]) }

    @Test(
        "ready: restart begins a hand-over, a hang ends in SIGABRT, the end starts the next at once",
        arguments: [
            Row(.start, .ready(one), [.report(.ready(one))]),
            Row(.stop, .stopping(one), LifecycleAction.drains(one)),
            Row(.restart, .replacing(old: one, new: two), LifecycleAction.begins(two)),
            Row(.ready(one), .ready(one)), Row(.ready(two), .ready(one)),
            Row(crash(one), .starting(two), [crashed(one)] + LifecycleAction.begins(two)),
            Row(crash(two), .ready(one)),
            Row(.beatsMissed(one), .ready(one), LifecycleAction.aborts(one)),
            Row(.beatsMissed(two), .ready(one)),
            Row(.timer(.kill(one)), .ready(one), [.kill(one)]),
            Row(.timer(.ready(one)), .ready(one)), Row(.timer(.healthy(one)), .ready(one)),
            Row(.timer(.backoff), .ready(one)),
        ])
    func ready(_ row: Row) { check(row, after: [.start, .ready(one)]) }

    @Test(
        "replacing: the new one's READY drains the old one; the end of either leaves the other",
        arguments: [
            Row(.start, .replacing(old: one, new: two), [.report(.ready(one))]),
            Row(.restart, .replacing(old: one, new: two), [.report(.failed("a hand-over is under way"))]),
            Row(
                .stop, .stopping(one), [.kill(two), .report(.failed("it was stopped"))] + LifecycleAction.drains(one),
                draining: [two]),
            Row(.ready(one), .replacing(old: one, new: two)),
            Row(
                .ready(two), .ready(two),
                [.arm(.healthy(two), .seconds(60))] + LifecycleAction.drains(one) + [.report(.ready(two))],
                draining: [one]),
            Row(crash(one), .starting(two), [crashed(one)]),
            Row(crash(two), .ready(one), [crashed(two), .report(.failed("the new process failed: signal 11"))]),
            Row(
                .spawnFailed(two, "signal 11"), .ready(one),
                [crashed(two), .report(.failed("the new process failed: signal 11"))]),
            Row(.beatsMissed(one), .replacing(old: one, new: two), LifecycleAction.aborts(one)),
            Row(.timer(.ready(two)), .replacing(old: one, new: two), [.kill(two)]),
            Row(.timer(.ready(one)), .replacing(old: one, new: two)),
            Row(.timer(.kill(one)), .replacing(old: one, new: two), [.kill(one)]),
            Row(.timer(.healthy(one)), .replacing(old: one, new: two)),
            Row(.timer(.backoff), .replacing(old: one, new: two)),
        ])
    func replacing(_ row: Row) { check(row, after: [.start, .ready(one), .restart]) }

    @Test(
        "stopping: nothing is begun any more; the end is the stop that was asked for",
        arguments: [
            Row(.start, .stopping(one), [.report(.failed("it is stopping"))]),
            Row(.restart, .stopping(one), [.report(.failed("it is stopping"))]),
            Row(.stop, .stopping(one)), Row(.ready(one), .stopping(one)),
            Row(crash(one), .stopped, [.report(.stopped)]),
            Row(.spawnFailed(one, "x"), .stopped, [.report(.stopped)]),
            Row(.beatsMissed(one), .stopping(one), LifecycleAction.aborts(one)),
            Row(.timer(.drain(one)), .stopping(one), [.kill(one)]),
            Row(.timer(.kill(one)), .stopping(one), [.kill(one)]),
            Row(.timer(.ready(one)), .stopping(one)), Row(.timer(.healthy(one)), .stopping(one)),
            Row(.timer(.backoff), .stopping(one)),
        ])
    func stopping(_ row: Row) {
        check(row, after: [.start, .ready(one), .stop])
        check(row, after: [.start, .stop])
    }

    @Test(
        "backoff: its timer starts the next, and so does whoever asks for it",
        arguments: [
            Row(.start, .starting(three), LifecycleAction.begins(three)),
            Row(.restart, .starting(three), LifecycleAction.begins(three)),
            Row(.timer(.backoff), .starting(three), LifecycleAction.begins(three)),
            Row(.stop, .stopped, [.report(.stopped)]), Row(.ready(two), .backoff), Row(crash(two), .backoff),
            Row(.beatsMissed(two), .backoff), Row(.timer(.ready(two)), .backoff), Row(.timer(.kill(two)), .backoff),
        ])
    func backoff(_ row: Row) { check(row, after: [.start, Self.crash(one), Self.crash(two)]) }
}
