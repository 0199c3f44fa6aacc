public import NIOCore
public import NIOHTTP1

/// One request and its answer, for handlers that run on the connection's event loop: a relay writes what arrives for
/// it and flushes once at the end of the turn; all that was written between two flushes goes out as one HTTP chunk.
///
/// Confined to `eventLoop` (wrap it in `NIOLoopBound` to carry it elsewhere). Everything after the client is gone or
/// the answer is finished is ignored. Both callbacks are dropped then, so they may hold the exchange.
public protocol HTTPExchange: AnyObject {
    var eventLoop: any EventLoop { get }
    /// False while the client takes less than it is given: stop reading the source until `onWritable`.
    var isWritable: Bool { get }
    /// `isWritable` turned true.
    var onWritable: (() -> Void)? { get set }
    /// The client left before the answer was finished: stop the source. Called once, at most.
    var onClientGone: (() -> Void)? { get set }

    /// Starts the answer, chunked unless `headers` has a Content-Length. Nothing is sent before the next flush.
    func writeHead(_ status: HTTPResponseStatus, headers: HTTPHeaders)
    /// A piece of the body. Beyond `HTTPLimits.bufferedResponse` waiting for the client the connection is cut.
    func write(_ data: ByteBuffer)
    func flush()
    /// Ends the answer and flushes.
    func finish()
    /// Gives up: 500 if nothing has been written, else the connection is cut without a last chunk.
    func fail()
    /// A whole answer at once, in place of `writeHead` … `finish`.
    func respond(_ response: HTTPResponse)
}
