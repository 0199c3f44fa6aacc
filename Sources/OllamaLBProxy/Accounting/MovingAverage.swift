/// An exponentially weighted moving average: a new value counts a fifth.
struct MovingAverage: Equatable, Sendable {
    private(set) var value: Double?
    private(set) var samples: UInt64 = 0

    mutating func add(_ sample: Double) {
        value = value.map { $0 * 0.8 + sample * 0.2 } ?? sample
        samples += 1
    }
}
