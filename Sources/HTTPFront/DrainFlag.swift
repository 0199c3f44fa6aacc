import Synchronization

/// Set once, when a server begins to drain; seen by every event loop at once, however late its own tasks run.
final class DrainFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() { flag.store(true, ordering: .releasing) }
}
