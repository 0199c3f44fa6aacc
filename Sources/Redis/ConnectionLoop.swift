import DaemonKit

/// Connects to Redis, and again at the end of each connection, with growing pauses, until it is stopped.
struct ConnectionLoop: Sendable {
    let url: RedisURL
    let limits: RedisLimits
    let waker: Waker
    let health: RedisHealth
    /// Of whoever runs this, in `health`.
    let number: Int

    /// - Parameters:
    ///   - use: uses a connection until it throws; calls `isUp` as soon as it is of use.
    ///   - ended: told why no connection came about, or why it is at its end, and whether it was of use.
    func run(
        use: (_ connection: RedisConnection, _ isUp: () -> Void) throws(RedisError) -> Void,
        ended: (_ error: RedisError, _ wasUp: Bool) -> Void
    ) {
        var backoff = Backoff(limits)
        var generator = SystemRandomNumberGenerator()
        while !waker.isStopped {
            var since: ContinuousClock.Instant?
            do throws(RedisError) {
                try use(try RedisConnection(url, limits, waker)) { since = .now }
            } catch {
                ended(error, since != nil)
            }
            backoff.connectionEnded(lasted: since.map { .now - $0 })
            waker.pause(for: backoff.next(using: &generator))
        }
    }

    func isUp() { health.isUp(number) }

    func isDown(_ error: RedisError) {
        if error != .stopped { health.isDown(number, why: error) }
    }
}
