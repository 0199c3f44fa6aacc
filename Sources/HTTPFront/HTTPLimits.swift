public import NIOCore

/// What one client may ask of the front. Sizes are bytes; every limit holds per connection unless it says otherwise.
public struct HTTPLimits: Sendable {
    /// The request line, method and version included. Longer: 414.
    public var requestLine = 16 * 1024
    /// All header lines together, line ends included; trailers are held to the same. More: 431.
    public var headerBytes = 32 * 1024
    /// Header lines in one request. More: 431.
    public var headerLines = 100
    /// From the first byte of a request to the end of its head. Over: 408 and close.
    public var headerTimeout = TimeAmount.seconds(10)
    /// Between two pieces of a request body. Over: 408 and close.
    public var bodyIdleTimeout = TimeAmount.seconds(30)
    /// How long a connection may be silent between requests, or before its first. Over: close without a word.
    public var keepAliveTimeout = TimeAmount.seconds(75)
    /// How long a client may take nothing of a response that waits for it. Over: the connection is cut.
    public var sendTimeout = TimeAmount.seconds(120)
    /// How long input is thrown away after the last response of a connection, so that the client can still read it.
    public var lingerTimeout = TimeAmount.seconds(2)
    /// Connections of the whole server. Above it a new one gets 503 and is closed.
    public var maxConnections = 10_000
    /// The rest of a refused request's body that is read and thrown away to keep the connection; more: it is closed.
    public var discardedBody = 64 * 1024
    /// A relay that keeps writing though `isWritable` is false is cut off here.
    public var bufferedResponse = 8 * 1024 * 1024

    public init() {}

    /// How often the deadlines are looked at: a quarter of the shortest one, between 5 ms and 1 s.
    var tick: TimeAmount {
        let all = [headerTimeout, bodyIdleTimeout, keepAliveTimeout, sendTimeout, lingerTimeout]
        let shortest = all.map(\.nanoseconds).min() ?? 0
        return .nanoseconds(max(5_000_000, min(1_000_000_000, shortest / 4)))
    }
}
