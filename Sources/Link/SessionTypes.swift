import Contracts
import NIOCore

/// Which end of a connection this is: it decides the parity of the streams that it opens.
public enum SessionSide: Sendable {
    /// Connected; opens streams 1, 3, 5, …
    case initiator
    /// Accepted; opens streams 2, 4, 6, …
    case acceptor
}

/// What this side says of itself in HELLO, and the bounds that it sets to its peer.
public struct SessionConfiguration: Sendable {
    public var role: String
    public var build: String
    public var window: UInt32
    public var maximumStreams: UInt32
    /// Bytes waiting for the socket above which every stream counts as blocked.
    public var congestionLimit: Int

    public init(
        role: String, build: String = "", window: UInt32 = LinkProtocol.initialWindow,
        maximumStreams: UInt32 = LinkProtocol.maximumStreams, congestionLimit: Int = 1 << 20
    ) {
        self.role = role
        self.build = build
        self.window = window
        self.maximumStreams = maximumStreams
        self.congestionLimit = congestionLimit
    }

    var hello: WireHello {
        var hello = WireHello()
        hello.protocolMajor = LinkProtocol.major
        hello.protocolMinor = LinkProtocol.minor
        hello.role = role
        hello.build = build
        hello.initialWindow = window
        hello.maxStreams = maximumStreams
        return hello
    }
}

/// What the peer's bytes amount to. `handler` is what was attached to the stream.
public enum SessionEvent<Handler> {
    case hello(WireHello)
    /// The peer opened a stream: attach a handler or reset it. `finished`: no DATA of the opener follows.
    case opened(stream: UInt32, open: WireOpen, finished: Bool)
    case head(handler: Handler, head: WireHead)
    /// The reader says `consumed` when it has dealt with the bytes; until then they count against the window.
    case data(handler: Handler, bytes: ByteBuffer, finished: Bool)
    /// The stream is over.
    case ended(handler: Handler, end: WireEnd)
    /// The stream is over: the peer gave it up.
    case reset(handler: Handler, reset: WireReset)
    /// A stream that was blocked may send again.
    case writable(handler: Handler)
    case pong(UInt64)
    case goAway(WireGoAway)
}
