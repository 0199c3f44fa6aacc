import Synchronization

/// A number of things under way. Grows only by taking a token, shrinks only when the token is gone.
final class InFlight: Sendable {
    private let number = Atomic<Int>(0)

    var count: Int { number.load(ordering: .relaxed) }

    fileprivate func add(_ step: Int) { number.add(step, ordering: .relaxed) }
}

/// One request counted in several numbers. It cannot be copied, and however it ends, it is given back once.
struct InFlightToken: ~Copyable {
    private let counts: [InFlight]

    init(_ counts: [InFlight]) {
        self.counts = counts
        for count in counts { count.add(1) }
    }

    deinit { for count in counts { count.add(-1) } }
}
