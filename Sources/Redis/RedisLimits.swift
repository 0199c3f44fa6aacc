/// Times and sizes of the connections to Redis; the defaults are what the daemons use.
public struct RedisLimits: Sendable {
    /// For a connection, without the look-up of the host's name, which hiredis cannot bound.
    public var connect = Duration.seconds(1)
    /// From the sending of a command, or of a batch of pipelined ones, to its last answer.
    public var command = Duration.milliseconds(500)
    /// Silence after which a PING is sent; the peer counts as dead after as long again without a sign of life.
    public var keepAlive = Duration.seconds(5)
    /// Pauses between attempts to connect: doubling, each cut by up to a half at random.
    public var shortestPause = Duration.milliseconds(100)
    public var longestPause = Duration.seconds(5)
    /// Commands that may wait; one more is refused.
    public var queuedCommands = 1024
    /// Bytes of the commands that may wait.
    public var queuedBytes = 8 << 20
    /// Commands that are sent in one go.
    public var pipelinedCommands = 128
    public var commandBytes = 1 << 20
    /// Of one answer or message; the connection is given up when one is longer. Arrays have 1024 elements at most.
    public var replyBytes = 1 << 20

    public init() {}
}
