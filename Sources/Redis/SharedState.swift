import DaemonKit
import Logging
import Synchronization

/// What several hosts share through Redis: events, ended sessions, and the count of sign-ins.
///
/// Nothing here is the only truth: accounts, settings and ended sessions are in the database. While Redis does not answer,
/// questions are answered nil at once, and what could not be told is made up for later by `SharedEvent.anything`.
public final class SharedState: Sendable {
    let prefix: String
    let client: RedisClient
    private let subscriber: RedisSubscriber
    private let announcer: Announcer
    private let health: RedisHealth

    /// Returns at once; the connections come about in the background.
    /// - Parameters:
    ///   - prefix: `REDIS_KEY_PREFIX`.
    ///   - received: what other hosts have told; called in order on a thread of Redis', must not block. The first is
    ///     `.anything`, when the subscription holds.
    /// - Throws: `RedisError` if there is no hiredis, or no thread or descriptor to be had.
    public init(
        _ url: RedisURL, prefix: String, limits: RedisLimits = RedisLimits(), logger: Logger,
        received: @escaping @Sendable (SharedEvent) -> Void
    ) throws(RedisError) {
        self.prefix = prefix
        let channel = "\(prefix):martlet:events"
        let health = RedisHealth(logger: logger, place: url.description)
        self.health = health
        let announcer = Announcer(channel: channel, logger: logger)
        self.announcer = announcer
        client = try RedisClient(url, limits: limits, health: health) { announcer.makeUp(through: $0) }
        var bounded = limits
        bounded.replyBytes = min(limits.replyBytes, SharedMessage.longest + 1024)
        subscriber = try RedisSubscriber(url, channels: [channel], limits: bounded, health: health) { event in
            switch event {
            case .resumed: received(.anything)
            case .lost: break
            case .message(_, let bytes):
                guard let message = SharedMessage(encoded: bytes), message.from != announcer.name,
                    let event = message.event
                else { return }
                received(event)
            }
        }
    }

    /// Whether Redis answers, and events come.
    public var isUp: Bool { health.isUp }

    /// Tells the other hosts, in the order of the calls; neither blocks nor waits. What cannot be told now is made up for
    /// when Redis answers again.
    public func publish(_ event: SharedEvent) { announcer.publish(event, through: client.queue) }

    /// Ends connections and threads, after a second at most.
    public func stop() async {
        async let commands = client.stop()
        _ = await (subscriber.stop(), commands)
    }
}

/// Publishes, and remembers whether something could not be published.
private final class Announcer: Sendable {
    let name: String
    private let channel: String
    private let logger: Logger
    private let owes = Atomic(false)
    private let complained = Atomic(false)

    init(channel: String, logger: Logger) {
        (self.channel, self.logger) = (channel, logger)
        name = String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    func publish(_ event: SharedEvent, through queue: CommandQueue) {
        let bytes = SharedMessage(event, from: name).encoded()
        queue.submit([RedisCommand("PUBLISH", [Array(channel.utf8), bytes])]) { result in
            switch result {
            case .success(let replies):
                if case .integer? = replies.first { self.makeUp(through: queue) } else { self.refused(replies.first) }
            case .failure(let error):
                self.owes.store(true, ordering: .sequentiallyConsistent)
                // It may have come up in between, and have asked too early.
                if case .unavailable = error, queue.isOpen { self.makeUp(through: queue) }
            }
        }
    }

    /// Redis answers: what could not be told is made up for.
    func makeUp(through queue: CommandQueue) {
        if owes.exchange(false, ordering: .sequentiallyConsistent) { publish(.anything, through: queue) }
    }

    private func refused(_ reply: RedisReply?) {
        owes.store(true, ordering: .sequentiallyConsistent)
        guard !complained.exchange(true, ordering: .relaxed) else { return }
        logger.error(
            "Redis refuses events; other hosts are not told",
            metadata: ["channel": "\(channel)", "answer": "\(reply.map { "\($0)" } ?? "")"])
    }
}
