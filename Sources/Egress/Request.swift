import NIOCore

/// One request to an upstream. Redirects are never followed and no content coding is undone.
public struct Request: Sendable {
    /// An HTTP token, upper case as a rule: `GET`, `POST`, …
    public var method: String
    /// Absolute, `http` or `https`, printable ASCII, percent-encoded.
    public var url: String
    /// In order. What frames the message on the wire (`Content-Length`, `Transfer-Encoding`, `Connection`,
    /// `Keep-Alive`, `Expect`, `TE`, `Trailer`, `Upgrade`) is the client's own business and left out.
    public var headers: [(String, String)]
    public var body: Body?
    public var timeouts: Timeouts
    /// A longer response fails with `tooLarge`; nil: no limit.
    public var maxResponseBytes: Int?
    /// False accepts any certificate. For upstreams that an administrator named, never for a user's addresses.
    public var verifyTLS: Bool
    /// False: on a fresh connection. libcurl sends a request a second time when a *kept* connection dies before the
    /// first byte of an answer; this is for requests that must never be sent twice.
    public var mayReuseConnection: Bool
    /// Where it may go, names resolved; anything but `any` takes a fresh connection and no proxy.
    public var addressPolicy: AddressPolicy

    public init(
        method: String = "GET", url: String, headers: [(String, String)] = [], body: Body? = nil,
        timeouts: Timeouts = Timeouts(), maxResponseBytes: Int? = nil, verifyTLS: Bool = true,
        mayReuseConnection: Bool = true, addressPolicy: AddressPolicy = .any
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.maxResponseBytes = maxResponseBytes
        self.verifyTLS = verifyTLS
        self.mayReuseConnection = mayReuseConnection
        self.addressPolicy = addressPolicy
    }

    var isStreamed: Bool {
        if case .stream = body { true } else { false }
    }

    public enum Body: Sendable {
        /// Sent from memory, with `Content-Length`; small ones leave in one write with the head.
        case buffer(ByteBuffer)
        /// Pulled as the upstream takes it. `length` nil: chunked. Always on a fresh connection, because what was
        /// pulled cannot be sent a second time when a kept connection turns out to be dead.
        case stream(length: Int?, any UploadSource)
    }

    public struct Timeouts: Sendable {
        /// Name resolution, TCP and TLS together.
        public var connect: Duration
        /// From `start` (or, for a streamed body, from the last bytes pulled) to the response head; nil: for ever.
        public var firstByte: Duration?
        /// Between body bytes; stands still while the exchange is paused; nil: for ever.
        public var idle: Duration?
        /// From `start` to the end, pauses included; nil: for ever.
        public var total: Duration?

        public init(
            connect: Duration = .seconds(5), firstByte: Duration? = .seconds(300), idle: Duration? = .seconds(300),
            total: Duration? = nil
        ) {
            self.connect = connect
            self.firstByte = firstByte
            self.idle = idle
            self.total = total
        }
    }
}
