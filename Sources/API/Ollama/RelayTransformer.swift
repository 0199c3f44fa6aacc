import HTTPFront
import NIOCore
import NIOHTTP1

/// Rewrites an answer as it passes, on the event loop of its client: no task, no wait, and what it gives out is written
/// in the turn in which it came. Back-pressure is the relay's: it counts what came in, not what goes out.
///
/// The order of calls is `head`, any number of `data`, then `end` or `broken`, and nothing after that.
protocol RelayTransformer: AnyObject {
    /// The head for the client; nil: none yet, because the answer can be rewritten as a whole only. Then what `data`
    /// returns is not sent, and `end` must give a whole answer.
    func head(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> (HTTPResponseStatus, HTTPHeaders)?
    /// What goes to the client in place of these bytes; may be empty.
    func data(_ bytes: ByteBuffer) -> ByteBuffer
    /// The upstream has ended its answer well.
    func end() -> RelayEnding
    /// It broke off, or was lost, after `head`. The client must be told: never end well what is not whole.
    func broken(_ reason: String) -> RelayEnding
    /// Nothing came at all, not even a head.
    /// - Parameter status: 502 or 503.
    func failed(_ status: HTTPResponseStatus, _ reason: String) -> HTTPResponse
    /// What came cannot be used: the upstream is to stop. `end` is called at once.
    var hasGivenUp: Bool { get }
}

extension RelayTransformer {
    var hasGivenUp: Bool { false }
}

/// How an answer ends.
enum RelayEnding {
    /// With these last bytes.
    case bytes(ByteBuffer)
    /// With a whole answer: only where no head was sent.
    case whole(HTTPResponse)
    /// With a whole answer that takes time to make: it is made outside of the event loop.
    case later(@Sendable () -> HTTPResponse)
    /// The connection is cut.
    case cut
}
