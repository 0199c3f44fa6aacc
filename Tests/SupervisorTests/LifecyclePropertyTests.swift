import Testing

@testable import Supervisor

/// Random lives. The world does what processes and clocks may do, in any order.
@Suite struct LifecyclePropertyTests {
    /// Something that may happen now: a wish, a process that acts, a timer that is due.
    static func event(_ world: LifecycleWorld, _ generator: inout SeededGenerator) -> LifecycleEvent {
        let processes = world.alive.sorted { $0.number < $1.number }
        let timers = world.armed.sorted { "\($0)" < "\($1)" }
        if let id = processes.randomElement(using: &generator) {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: return .exited(id, reason: "exit code 1")
            case 1: return .spawnFailed(id, "no memory")
            case 2, 3: return .ready(id)
            case 4: return .beatsMissed(id)
            default: break
            }
        }
        if let timer = timers.randomElement(using: &generator), Bool.random(using: &generator) { return .timer(timer) }
        return [.start, .stop, .restart, .restart].randomElement(using: &generator) ?? .start
    }

    /// An event of a process that is gone or never was.
    static func lateEvent(_ world: LifecycleWorld, _ generator: inout SeededGenerator) -> LifecycleEvent? {
        let id = InstanceID(UInt32.random(in: 0...world.lifecycle.lastInstance + 2, using: &generator))
        guard !world.alive.contains(id) else { return nil }
        let events: [LifecycleEvent] = [
            .ready(id), .exited(id, reason: "late"), .spawnFailed(id, "late"), .beatsMissed(id), .timer(.ready(id)),
            .timer(.drain(id)), .timer(.kill(id)), .timer(.healthy(id)),
        ]
        return events.randomElement(using: &generator)
    }

    static func live(seed: UInt64, events: Int) -> LifecycleWorld {
        var generator = SeededGenerator(state: seed)
        var world = LifecycleWorld()
        for _ in 0..<events { world.happens(event(world, &generator)) }
        return world
    }

    @Test("no sequence of events leads to two that serve, to a lost process or to a phase without a way out")
    func invariants() async {
        for seed in 0..<200 as Range<UInt64> {
            await Task.yield()
            _ = Self.live(seed: seed, events: 120)
        }
    }

    @Test("events of processes that are gone change nothing")
    func lateEvents() async {
        for seed in 0..<100 as Range<UInt64> {
            await Task.yield()
            var generator = SeededGenerator(state: seed)
            var world = Self.live(seed: seed, events: Int(seed))
            for _ in 0..<20 {
                guard let late = Self.lateEvent(world, &generator) else { continue }
                var lifecycle = world.lifecycle
                let effects = lifecycle.effects(late)
                #expect(lifecycle == world.lifecycle && effects.isEmpty, "\(late) after \(world.history)")
                world.happens(Self.event(world, &generator))
            }
        }
    }

    @Test("from wherever it is, a stop leaves no process and no timer, and then a start leads to one that serves")
    func liveness() async {
        for seed in 0..<200 as Range<UInt64> {
            await Task.yield()
            var world = Self.live(seed: seed, events: Int(seed) % 90)
            world.happens(.stop)
            Self.settle(&world)
            #expect(world.lifecycle.phase == .stopped && world.alive.isEmpty && world.armed.isEmpty)
            world.happens(.start)
            guard let id = world.alive.first else {
                Issue.record("nothing starts after \(world.history)")
                continue
            }
            world.happens(.ready(id))
            #expect(world.lifecycle.serving == id)
        }
    }

    /// Processes that were killed end; for the others time passes until it is their turn.
    private static func settle(_ world: inout LifecycleWorld) {
        for _ in 0..<100 where !world.alive.isEmpty || !world.armed.isEmpty {
            let dying = world.alive.intersection(world.killed)
            if let id = dying.min(by: { $0.number < $1.number }) {
                world.happens(.exited(id, reason: "signal 9"))
            } else if let timer = world.armed.min(by: { "\($0)" < "\($1)" }) {
                world.happens(.timer(timer))
            }
        }
    }
}
