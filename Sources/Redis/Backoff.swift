/// The pauses between attempts to connect: doubling from the shortest to the longest, each cut by up to a half at random,
/// so that many hosts do not come back at the same moment.
struct Backoff {
    private let shortest: Duration
    private let longest: Duration
    private var pause: Duration

    init(_ limits: RedisLimits) {
        (shortest, longest) = (limits.shortestPause, limits.longestPause)
        pause = shortest
    }

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { pause = min(pause * 2, longest) }
        return pause * Double.random(in: 0.5...1, using: &generator)
    }

    /// To be called at the end of a connection.
    /// - Parameter lasted: nil if none came about. Only one that lasted counts as a success: a server that accepts and then
    ///   hangs up shall not be asked at the shortest pause for ever.
    mutating func connectionEnded(lasted: Duration?) {
        if let lasted, lasted >= longest { pause = shortest }
    }
}
