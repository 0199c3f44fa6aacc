import NIOCore

/// One frame of the protocol (docs/PROTOCOL.md, "Frames").
///
/// On the wire, big-endian: `length u32 | type u8 | flags u8 | stream u32 | payload`, `length` counting what follows it.
public struct Frame: Sendable, Equatable {
    public var type: FrameType
    public var flags: FrameFlags
    /// 0: the connection itself.
    public var stream: UInt32
    public var payload: ByteBuffer

    public init(_ type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, payload: ByteBuffer = ByteBuffer()) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    /// Bytes before the payload, `length` included.
    public static let headerSize = 10
    /// Highest value of `length`: 1 MiB.
    public static let maximumLength = 1 << 20
    /// The longest payload that fits.
    public static let maximumPayload = maximumLength - 6
}

public enum FrameType: UInt8, Sendable, CaseIterable {
    case hello = 1
    case open = 2
    case head = 3
    case data = 4
    case end = 5
    case reset = 6
    case window = 7
    case ping = 8
    case pong = 9
    case goAway = 10

    /// True for the types that speak of the connection (stream 0) and not of one stream.
    public var isConnectionLevel: Bool {
        switch self {
        case .hello, .ping, .pong, .goAway: true
        case .open, .head, .data, .end, .reset, .window: false
        }
    }
}

public struct FrameFlags: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// On OPEN and DATA: the sender's half of the stream is finished.
    public static let finished = FrameFlags(rawValue: 1)
}
