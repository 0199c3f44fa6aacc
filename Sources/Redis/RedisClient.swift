import DaemonKit

/// Commands to Redis, over one connection that a thread of its own keeps.
///
/// Calls from many tasks are pipelined. While Redis does not answer they fail at once; the thread connects again in the
/// background. Nothing is sent twice: a call that failed may have been carried out.
public final class RedisClient: Sendable {
    let queue: CommandQueue
    private let waker: Waker
    private let thread = OwnThread()

    /// Returns at once; the connection comes about in the background.
    /// - Parameter health: logs the changes.
    /// - Throws: `RedisError` if there is no hiredis, or no thread or descriptor to be had.
    public convenience init(
        _ url: RedisURL, limits: RedisLimits = RedisLimits(), health: RedisHealth
    ) throws(RedisError) {
        try self.init(url, limits: limits, health: health, answers: { _ in })
    }

    /// - Parameter answers: called on the client's thread when Redis answers (again), and at each sign of life in a silence;
    ///   must not block.
    init(
        _ url: RedisURL, limits: RedisLimits, health: RedisHealth, answers: @escaping @Sendable (CommandQueue) -> Void
    ) throws(RedisError) {
        try RedisLibrary.load()
        waker = try Waker()
        queue = CommandQueue(limits, waker)
        let connections = ConnectionLoop(
            url: url, limits: limits, waker: waker, health: health, number: health.register())
        let loop = ClientLoop(connections: connections, queue: queue, answers: answers)
        try thread.start(name: "redis") { loop.run() }
    }

    deinit { waker.stop() }

    /// Whether Redis answers, as far as is known.
    public var isUp: Bool { queue.isOpen }

    /// Hands over commands that are sent together, and returns at once. Their answers come in their order; what Redis
    /// objects to is a `RedisReply.error` among them.
    /// - Parameter finished: called once, on the client's thread or, when the call is refused, on this one; must not block.
    public func submit(
        _ commands: [RedisCommand], finished: @escaping @Sendable (Result<[RedisReply], RedisError>) -> Void
    ) {
        queue.submit(commands, finished: finished)
    }

    /// Sends commands together and waits for their answers, for the command time-out and the time of those before it at
    /// most. It is not interrupted by cancellation.
    public func call(_ commands: [RedisCommand]) async throws(RedisError) -> [RedisReply] {
        try await withCheckedContinuation { continuation in
            submit(commands) { continuation.resume(returning: $0) }
        }.get()
    }

    /// - Throws: `RedisError`; `.refused` for what Redis objects to.
    public func call(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        guard let reply = try await call([command]).first else { throw .unexpected }
        return try reply.checked()
    }

    /// Ends connection and thread; what waits fails. Returns when the thread has ended, after a second at most.
    /// - Returns: whether it has ended. A look-up of a name cannot be broken off; the thread ends after it.
    @discardableResult
    public func stop() async -> Bool {
        waker.stop()
        return await thread.ended(within: .seconds(1))
    }
}
