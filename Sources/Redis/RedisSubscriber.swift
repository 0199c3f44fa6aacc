import DaemonKit

/// Messages of Redis' channels, over a connection that a thread of its own keeps.
///
/// Redis keeps no message for who is away: at each `.resumed`, the first included, messages may have been missed. A
/// silent peer is noticed within twice `RedisLimits.keepAlive`. No messages are kept here: they wait in the connection
/// until `received` has returned, and Redis itself gives up who reads too slowly.
public final class RedisSubscriber: Sendable {
    public enum Event: Sendable, Equatable {
        /// Every message from now on comes.
        case resumed
        /// Messages are missed from now on, until `.resumed`.
        case lost
        case message(channel: String, [UInt8])
    }

    private let waker: Waker
    private let thread = OwnThread()

    /// Returns at once; the connection comes about in the background.
    /// - Parameters:
    ///   - limits: `replyBytes` bounds a message.
    ///   - received: called on the subscriber's thread, in order; must not block.
    /// - Throws: `RedisError` if there is no hiredis, or no thread or descriptor to be had.
    public init(
        _ url: RedisURL, channels: [String], limits: RedisLimits = RedisLimits(), health: RedisHealth,
        received: @escaping @Sendable (Event) -> Void
    ) throws(RedisError) {
        try RedisLibrary.load()
        waker = try Waker()
        let connections = ConnectionLoop(
            url: url, limits: limits, waker: waker, health: health, number: health.register())
        let loop = SubscriberLoop(connections: connections, channels: channels, received: received)
        try thread.start(name: "redis-events") { loop.run() }
    }

    deinit { waker.stop() }

    /// Ends connection and thread; `received` is not called any more once it has returned, after a second at most.
    /// - Returns: whether it has ended. A look-up of a name cannot be broken off; the thread ends after it.
    @discardableResult
    public func stop() async -> Bool {
        waker.stop()
        return await thread.ended(within: .seconds(1))
    }
}
