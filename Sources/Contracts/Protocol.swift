/// Constants of the protocol that both sides build from (docs/PROTOCOL.md).
public enum LinkProtocol {
    /// Peers of another major version refuse each other.
    public static let major: UInt32 = 1
    /// Grows with additions that an older peer may ignore.
    public static let minor: UInt32 = 0
    /// Bytes of DATA that may be under way on a stream before the reader grants more.
    public static let initialWindow: UInt32 = 65_536
    /// Streams that a peer may have open on one connection.
    public static let maximumStreams: UInt32 = 4_096
    /// Longer replies of unary calls are sent as DATA before END: a frame has to hold END and what is around it.
    public static let longestReplyInEnd = 512 * 1024
    /// Longest reply that a caller of a unary call takes.
    public static let longestReply = 64 << 20
}

/// The names of the daemons, as on the command line, in sockets' names, in logs and in `ps`.
public enum DaemonName: String, CaseIterable, Sendable {
    case ollamaLBProxy = "ollama-lb-proxy"
    case snapshotCollector = "snapshot-collector"
    case archiver
    case scim
    case api
}
