/// The share of a backend that came back: grows from a tenth to the whole in a given time.
struct SlowStart: Equatable, Sendable {
    private var since: ContinuousClock.Instant?

    static let first = 0.1

    mutating func begin(now: ContinuousClock.Instant) { since = now }

    /// Part of its weight that counts now; 1: all of it.
    func share(now: ContinuousClock.Instant, over time: Duration) -> Double {
        guard let since, time > .zero else { return 1 }
        let passed = since.duration(to: now) / time
        return min(1, Self.first + (1 - Self.first) * max(0, passed))
    }
}
