public import NIOCore
public import NIOHTTP1

/// An answer. The front adds `Content-Length` or chunking, `Date`, `Connection` and `X-Request-Id`; headers that
/// belong to one connection (`Connection`, `Transfer-Encoding`, `Keep-Alive`, `Upgrade`, …) are dropped.
public struct HTTPResponse: Sendable {
    public enum Body: Sendable {
        case empty
        case bytes(ByteBuffer)
        /// Called once the head is on its way; throwing cuts the connection, so that nobody takes the part for all.
        case stream(@Sendable (any HTTPBodyWriter) async throws -> Void)
    }

    public var status: HTTPResponseStatus
    public var headers: HTTPHeaders
    public var body: Body

    public init(status: HTTPResponseStatus = .ok, headers: HTTPHeaders = HTTPHeaders(), body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// JSON that is already encoded.
    public init(status: HTTPResponseStatus = .ok, json: ByteBuffer) {
        self.init(status: status, headers: ["content-type": "application/json"], body: .bytes(json))
    }
}

/// Where a streamed body goes.
public protocol HTTPBodyWriter: Sendable {
    /// Sends at once and returns when the client has taken enough of it for more to be written.
    /// - Throws: `CancellationError` when the client has left (the task is cancelled too).
    func write(_ data: ByteBuffer) async throws
}
