import Contracts
import Glibc
import NIOCore
import Reactor
import SwiftProtobuf

/// Calls over one connection: connects when first needed, again after a loss or a drain.
///
/// A daemon that restarts keeps its socket: a connect waits in the backlog and is never refused.
@ReactorActor
public final class LinkClient {
    private let path: String
    private let configuration: SessionConfiguration
    private var current: LinkConnection?

    public init(path: String, configuration: SessionConfiguration) {
        self.path = path
        self.configuration = configuration
    }

    /// A connection that takes new streams.
    public func connection() throws(LinkError) -> LinkConnection {
        if let current, current.acceptsNewStreams { return current }
        let fd = try UnixSocket.connect(path)
        let connection = LinkConnection(fd: fd, side: .initiator, configuration: configuration)
        connection.start()
        current = connection
        return connection
    }

    /// One request, one reply.
    public func call<Request: Message, Reply: Message>(
        _ method: Method<Request, Reply>, _ request: Request, timeout: Duration = .seconds(30), requestID: String = ""
    ) async throws(LinkError) -> Reply {
        try await connection().call(method, request, timeout: timeout, requestID: requestID)
    }

    public func close() {
        current?.close(nil)
        current = nil
    }
}

extension LinkConnection {
    /// One request, one reply, over this connection.
    public func call<Request: Message, Reply: Message>(
        _ method: Method<Request, Reply>, _ request: Request, timeout: Duration = .seconds(30), requestID: String = ""
    ) async throws(LinkError) -> Reply {
        let bytes = try await call(
            name: method.name, message: Session<LinkStream>.encode(request), timeout: timeout, requestID: requestID)
        do {
            return try Reply(serializedBytes: bytes)
        } catch {
            throw LinkError(.internal, "\(method.name): the reply is not its message")
        }
    }

    /// The same with encoded messages.
    public func call(
        name: String, message: [UInt8], timeout: Duration, requestID: String = ""
    ) async throws(LinkError) -> [UInt8] {
        var open = WireOpen()
        open.method = name
        open.message = .init(message)
        open.requestID = requestID
        open.timeoutMs = Self.milliseconds(timeout)
        let reply = UnaryReply()
        let result: Result<[UInt8], LinkError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                reply.report = { continuation.resume(returning: $0) }
                do throws(LinkError) {
                    reply.stream = try self.open(open, handler: reply)
                } catch {
                    reply.finish(.failure(error))
                }
            }
        } onCancel: {
            Reactor.shared.execute { reply.cancel() }
        }
        return try result.get()
    }

    /// At least 1: on the wire 0 is no limit.
    private static func milliseconds(_ timeout: Duration) -> UInt32 {
        let (seconds, attoseconds) = timeout.components
        return max(1, UInt32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }
}

/// Waits for the END of a unary call. A reply longer than a frame comes as DATA before it.
@ReactorActor
private final class UnaryReply: LinkStreamHandler {
    var report: ((Result<[UInt8], LinkError>) -> Void)?
    weak var stream: LinkStream?
    private var data = ByteBuffer()

    func finish(_ result: Result<[UInt8], LinkError>) {
        report?(result)
        report = nil
    }

    /// The caller's task was cancelled: the peer need not go on.
    func cancel() {
        stream?.reset(.cancelled, "the caller gave up")
        finish(.failure(LinkError(.cancelled, "the caller gave up")))
    }

    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        guard data.readableBytes + bytes.readableBytes <= LinkProtocol.longestReply else {
            stream.reset(.cancelled, "the reply is too long")
            return finish(
                .failure(LinkError(.resourceExhausted, "reply of more than \(LinkProtocol.longestReply) bytes")))
        }
        data.writeImmutableBuffer(bytes)
        stream.consumed(bytes.readableBytes)
    }

    func linkEnd(_ end: WireEnd, on stream: LinkStream) {
        guard end.code == .ok else { return finish(.failure(LinkError(end.code, end.text))) }
        finish(.success(data.readableBytes > 0 ? Array(data.readableBytesView) : Array(end.message)))
    }

    func linkReset(_ error: LinkError, on stream: LinkStream) { finish(.failure(error)) }
}
