import Glibc

/// The two times that identity goes by; tests put in their own.
public struct IdentityClock: Sendable {
    /// Epoch seconds.
    public var now: @Sendable () -> Int64
    /// Epoch milliseconds.
    public var milliseconds: @Sendable () -> Int64
    /// Seconds from an arbitrary start; never goes back.
    public var monotonic: @Sendable () -> Double

    /// - Parameter milliseconds: nil: `now`, to the second.
    public init(
        now: @escaping @Sendable () -> Int64, milliseconds: (@Sendable () -> Int64)? = nil,
        monotonic: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.milliseconds = milliseconds ?? { now() * 1_000 }
        self.monotonic = monotonic
    }

    public static let system = IdentityClock(
        now: { Int64(read(CLOCK_REALTIME).tv_sec) },
        milliseconds: {
            let time = read(CLOCK_REALTIME)
            return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
        },
        monotonic: {
            let time = read(CLOCK_MONOTONIC)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        })

    private static func read(_ clock: Int32) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
