@testable import Supervisor

let one = InstanceID(1)
let two = InstanceID(2)
let three = InstanceID(3)

extension Lifecycle {
    /// A lifecycle after these events.
    init(after events: [LifecycleEvent], policy: LifecyclePolicy = LifecyclePolicy()) {
        self.init(policy: policy)
        for event in events { _ = handle(event) }
    }

    /// What an event leads to, without the timers that it disarms: that they are is the property test's business.
    mutating func effects(_ event: LifecycleEvent) -> [LifecycleAction] {
        handle(event).filter { if case .disarm = $0 { false } else { true } }
    }

    mutating func crash(_ id: InstanceID) -> [LifecycleAction] { effects(.exited(id, reason: "signal 11")) }
}

extension LifecycleAction {
    static func begins(_ id: InstanceID) -> [LifecycleAction] { [.spawn(id), .arm(.ready(id), .seconds(30))] }
    /// The limit of the policy, and five seconds to leave in good order.
    static func drains(_ id: InstanceID) -> [LifecycleAction] { [.drain(id), .arm(.drain(id), .seconds(305))] }
    static func aborts(_ id: InstanceID) -> [LifecycleAction] { [.abort(id), .arm(.kill(id), .milliseconds(800))] }
    static func serves(_ id: InstanceID) -> [LifecycleAction] {
        [.arm(.healthy(id), .seconds(60)), .report(.ready(id))]
    }
}

/// Seeded, so that a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xff51_afd7_ed55_8ccd
    }
}
