import Contracts
import NIOCore
import Reactor

/// What happens on one stream, told to whoever serves it or called it. All on the reactor.
@ReactorActor
public protocol LinkStreamHandler: AnyObject {
    /// Caller's side: the reply begins.
    func linkHead(_ head: WireHead, on stream: LinkStream)
    /// Say `stream.consumed` when the bytes are dealt with. `finished`: the opener's half is over.
    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream)
    /// Caller's side: the stream is over in good order (look at the code).
    func linkEnd(_ end: WireEnd, on stream: LinkStream)
    /// The stream is over: the peer gave it up, its time ran out, or the connection broke.
    func linkReset(_ error: LinkError, on stream: LinkStream)
    /// After `send` answered false: there is room again.
    func linkWritable(on stream: LinkStream)
}

extension LinkStreamHandler {
    public func linkHead(_ head: WireHead, on stream: LinkStream) {}
    public func linkEnd(_ end: WireEnd, on stream: LinkStream) {}
    public func linkWritable(on stream: LinkStream) {}
    public func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        stream.consumed(bytes.readableBytes)
    }
}

/// One stream of a connection on the reactor. Calls after its end are ignored.
@ReactorActor
public final class LinkStream {
    public let id: UInt32
    /// What the opener asked for.
    public let open: WireOpen
    public let openFinished: Bool
    weak var connection: LinkConnection?
    public var handler: (any LinkStreamHandler)?
    private var deadline: ReactorTimer?
    public private(set) var isOver = false

    init(id: UInt32, open: WireOpen, openFinished: Bool, connection: LinkConnection) {
        self.id = id
        self.open = open
        self.openFinished = openFinished
        self.connection = connection
    }

    /// Credentials of the peer at the other end.
    public var peer: PeerCredentials? { connection?.peer }

    public func sendHead(_ head: WireHead) {
        guard !isOver else { return }
        connection?.session.sendHead(head, on: id)
        connection?.needsFlush()
    }

    /// False: wait for `linkWritable` before sending more.
    @discardableResult
    public func send(_ bytes: ByteBuffer) -> Bool {
        guard !isOver, let connection else { return true }
        defer { connection.needsFlush() }
        return connection.session.send(bytes, on: id)
    }

    /// The same for bytes that live only as long as the call.
    @discardableResult
    public func send(bytes: UnsafeRawBufferPointer) -> Bool {
        guard !isOver, let connection else { return true }
        defer { connection.needsFlush() }
        return connection.session.send(bytes: bytes, on: id)
    }

    /// The opener's half is finished.
    public func finish() {
        guard !isOver else { return }
        connection?.session.finish(id)
        connection?.needsFlush()
    }

    /// Ends the stream in good order (acceptor's side).
    public func end(_ end: WireEnd) {
        guard !isOver else { return }
        connection?.session.end(end, on: id)
        connection?.needsFlush()
        close()
    }

    /// Closes the stream at once and tells the peer.
    public func reset(_ code: WireCode, _ text: String = "") {
        guard !isOver else { return }
        connection?.session.reset(id, code, text)
        connection?.needsFlush()
        close()
    }

    public func consumed(_ count: Int) {
        guard !isOver, count > 0 else { return }
        connection?.session.consumed(count, on: id)
        connection?.needsFlush()
    }

    /// Both sides give up when the opener's time-out is over.
    func armDeadline() {
        guard open.timeoutMs > 0 else { return }
        deadline = Reactor.shared.schedule(after: .milliseconds(Int(open.timeoutMs))) { [weak self] in
            guard let self, !isOver else { return }
            let handler = handler
            reset(.deadlineExceeded, "no answer within \(open.timeoutMs) ms")
            handler?.linkReset(LinkError(.deadlineExceeded, "no answer within \(open.timeoutMs) ms"), on: self)
        }
    }

    func close() {
        isOver = true
        handler = nil
        deadline?.cancel()
        deadline = nil
        connection?.streamClosed()
    }
}
