import CLinux
import Contracts
import Frames
import Glibc
import NIOCore
import Reactor

/// Serves the streams that a peer opens. The handler given to the stream hears of it from then on.
@ReactorActor
public protocol LinkService: AnyObject {
    func opened(_ stream: LinkStream)
}

/// A connected socket that speaks the protocol, on the reactor. Reads what is there, writes once a turn.
@ReactorActor
public final class LinkConnection {
    let fd: CInt
    var session: Session<LinkStream>
    public let peer: PeerCredentials?
    private let service: (any LinkService)?
    private var streams = 0
    private var flushIsPlanned = false
    private var interest: Interest = .readable
    private var helloTimer: ReactorTimer?
    private var closeAfterFlush = false
    private var readBuffer = ByteBuffer()
    private var clock: ReactorTimer?
    private var pongIsDue = false
    private var lingering: ReactorTimer?
    public private(set) var isClosed = false

    /// The connection is over; the error says why (nil: this side closed it in good order).
    public var onClose: (@ReactorActor (LinkError?) -> Void)?
    /// The peer's HELLO came.
    public var onHello: (@ReactorActor (WireHello) -> Void)?
    /// The peer said GOAWAY: open new streams elsewhere.
    public var onDraining: (@ReactorActor (WireGoAway) -> Void)?

    /// Bounds that belong to a connection and not to the protocol.
    public struct Limits: Sendable {
        /// A peer that connects must say HELLO within this time.
        public var hello: Duration = .seconds(5)
        /// Silence after which the peer is asked for a sign of life; as long again, and it counts as gone.
        public var keepAlive: Duration = .seconds(30)
        /// Bytes waiting for the socket above which the peer counts as gone.
        public var outbound = 64 << 20
        public init() {}
    }
    private let limits: Limits

    /// Takes over a connected, non-blocking socket.
    public init(
        fd: CInt, side: SessionSide, configuration: SessionConfiguration, service: (any LinkService)? = nil,
        limits: Limits = Limits()
    ) {
        self.fd = fd
        self.service = service
        self.limits = limits
        peer = PeerCredentials(fd: fd)
        session = Session(side: side, configuration: configuration)
    }

    /// Takes over a connection that an earlier image of this process held (re-execution).
    public init(fd: CInt, resuming session: Session<LinkStream>, service: (any LinkService)?, limits: Limits = Limits())
    {
        self.fd = fd
        self.service = service
        self.limits = limits
        peer = PeerCredentials(fd: fd)
        self.session = session
    }

    /// Begins to read and write. From now on until it is closed the reactor holds this object: what is under way on a
    /// connection that its owner has replaced must still come to its end.
    public func start() {
        Reactor.shared.watch(fd, interest) { self.ready($0) }
        if session.peerHello == nil {
            helloTimer = Reactor.shared.schedule(after: limits.hello) { [weak self] in
                self?.fail(ProtocolViolation("no HELLO within \(self?.limits.hello ?? .zero)"))
            }
        }
        armClock()
        needsFlush()
    }

    /// Streams open in either direction.
    public var openStreams: Int { session.openStreams }
    public var peerHello: WireHello? { session.peerHello }
    public var acceptsNewStreams: Bool { !isClosed && session.acceptsNewStreams }

    // MARK: Opening

    /// Opens a stream to the peer. `handler` hears what comes back.
    public func open(
        _ open: WireOpen, finished: Bool = true, handler: any LinkStreamHandler
    ) throws(LinkError) -> LinkStream {
        guard !isClosed else { throw LinkError(.unavailable, "the connection is closed", isSafeToRetry: true) }
        // The stream's number is known only after the session took it; the object must be there before.
        let placeholder = LinkStream(id: session.nextLocal, open: open, openFinished: finished, connection: self)
        placeholder.handler = handler
        _ = try session.open(open, finished: finished, handler: placeholder)
        streams += 1
        placeholder.armDeadline()
        needsFlush()
        return placeholder
    }

    /// GOAWAY: streams under way go on, new ones are refused. The connection closes when the last one is over.
    public func drain(_ code: WireCode = .draining, _ text: String = "") {
        guard !isClosed else { return }
        session.goAway(code, text)
        needsFlush()
        streamClosed()
    }

    func streamClosed() {
        guard !isClosed, !session.acceptsNewStreams, session.openStreams == 0 else { return }
        if session.isPeerDraining {
            guard !closeAfterFlush else { return }
            closeAfterFlush = true
            needsFlush()
        } else if lingering == nil {
            // The peer closes when it reads GOAWAY. To close first would break off what it is just writing.
            lingering = Reactor.shared.schedule(after: .seconds(1)) { [weak self] in self?.close(nil) }
        }
    }

    // MARK: Reading

    private func ready(_ readiness: Readiness) {
        if readiness.contains(.readable) || readiness.contains(.hangUp) || readiness.contains(.error) { readAll() }
        if !isClosed, readiness.contains(.writable) { flush() }
    }

    private func readAll() {
        // One read a turn: level-triggered epoll comes back, and other descriptors get their turn.
        var buffer = exchangeBuffer()
        var result = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 65_536) { pointer in
            result = read(fd, pointer.baseAddress, min(pointer.count, 262_144))
            return max(0, result)
        }
        if result < 0, errno == EAGAIN || errno == EINTR { return }
        guard result > 0 else { return close(LinkError(.unavailable, "the peer closed the connection")) }
        pongIsDue = false
        session.receive(buffer)
        readBuffer = buffer
        process()
        if session.outbound.readableBytes > 0 { needsFlush() }
    }

    private func exchangeBuffer() -> ByteBuffer {
        // Reused where nobody holds on to a slice of it; `clear` makes a new one otherwise.
        var buffer = readBuffer
        readBuffer = ByteBuffer()
        buffer.clear(minimumCapacity: 65_536)
        return buffer
    }

    /// Plans no flush itself: `flush` calls it, and a socket that is full would be tried again without end.
    private func process() {
        do throws(ProtocolViolation) {
            while !isClosed, let event = try session.next() { handle(event) }
            // A stream may end without an event, when the last of it has waited for credit.
            streamClosed()
        } catch {
            fail(error)
        }
    }

    private func handle(_ event: SessionEvent<LinkStream>) {
        switch event {
        case .hello(let hello):
            helloTimer?.cancel()
            helloTimer = nil
            onHello?(hello)
        case .opened(let id, let open, let finished):
            let stream = LinkStream(id: id, open: open, openFinished: finished, connection: self)
            streams += 1
            session.attach(id, stream)
            guard let service else { return stream.reset(.unimplemented, "nothing is served here") }
            stream.armDeadline()
            service.opened(stream)
        case .head(let stream, let head): stream.handler?.linkHead(head, on: stream)
        case .data(let stream, let bytes, let finished):
            if let handler = stream.handler {
                handler.linkData(bytes, finished: finished, on: stream)
            } else {
                stream.consumed(bytes.readableBytes)
            }
        case .ended(let stream, let end):
            let handler = stream.handler
            stream.close()
            handler?.linkEnd(end, on: stream)
        case .reset(let stream, let reset):
            let handler = stream.handler
            stream.close()
            let isRefusal = reset.code == .draining || reset.code == .resourceExhausted
            handler?.linkReset(LinkError(reset.code, reset.text, isSafeToRetry: isRefusal), on: stream)
        case .writable(let stream): stream.handler?.linkWritable(on: stream)
        case .pong: pongIsDue = false
        case .goAway(let message):
            if message.code == .version || message.code == .protocolViolation {
                return close(LinkError(message.code, message.text))
            }
            onDraining?(message)
            refuseStreams(after: message.lastStream, .refusal(message))
            streamClosed()
        }
    }

    /// Streams that the draining peer has not taken up end here, and may be tried elsewhere.
    private func refuseStreams(after last: UInt32, _ error: LinkError) {
        for stream in session.refused(after: last) {
            let handler = stream.handler
            stream.close()
            handler?.linkReset(error, on: stream)
        }
    }

    // MARK: Writing

    func needsFlush() {
        // A full socket says when it takes more; to try before would spin within one turn.
        let isFull = interest.contains(.writable) && session.outbound.readableBytes <= limits.outbound
        guard !flushIsPlanned, !isClosed, !isFull else { return }
        flushIsPlanned = true
        Reactor.shared.atEndOfTurn { [weak self] in
            self?.flushIsPlanned = false
            self?.flush()
        }
    }

    private func flush() {
        guard !isClosed else { return }
        while session.outbound.readableBytes > 0 {
            let count = session.outbound.readWithUnsafeReadableBytes { pointer in
                max(0, send(fd, pointer.baseAddress, pointer.count, CInt(MSG_NOSIGNAL)))
            }
            guard count == 0 else { continue }
            let error = errno
            if error == EINTR { continue }
            guard error == EAGAIN else { return readToTheEnd() }
            break
        }
        if session.outbound.readableBytes == 0 { session.outbound.clear(minimumCapacity: 0) }
        guard session.outbound.readableBytes <= limits.outbound else {
            return close(LinkError(.resourceExhausted, "the peer does not read"))
        }
        session.outbound.discardReadBytes()
        setInterest(session.outbound.readableBytes > 0 ? [.readable, .writable] : .readable)
        session.drained()
        process()
        if closeAfterFlush, session.outbound.readableBytes == 0 { close(nil) }
    }

    /// The peer reads no more, but what it said before it left (GOAWAY, the end of a reply) still counts.
    private func readToTheEnd() {
        session.outbound.clear()
        for _ in 0..<64 where !isClosed { readAll() }
        close(LinkError(.unavailable, "the peer closed the connection"))
    }

    private func setInterest(_ wanted: Interest) {
        guard wanted != interest, !isClosed else { return }
        interest = wanted
        Reactor.shared.rewatch(fd, wanted)
    }

    // MARK: Life

    private func armClock() {
        clock = Reactor.shared.schedule(after: limits.keepAlive) { [weak self] in
            guard let self, !isClosed else { return }
            if pongIsDue { return close(LinkError(.unavailable, "the peer does not answer")) }
            pongIsDue = true
            session.ping(UInt64(Reactor.shared.turns))
            needsFlush()
            armClock()
        }
    }

    private func fail(_ violation: ProtocolViolation) {
        guard !isClosed else { return }
        session.goAway(violation.code, violation.text)
        _ = session.outbound.readWithUnsafeReadableBytes { pointer in
            max(0, send(fd, pointer.baseAddress, pointer.count, CInt(MSG_NOSIGNAL)))
        }
        close(LinkError(violation.code, violation.text))
    }

    /// Closes at once. Every stream's handler hears of it.
    public func close(_ reason: LinkError?) {
        guard !isClosed else { return }
        isClosed = true
        helloTimer?.cancel()
        clock?.cancel()
        lingering?.cancel()
        Reactor.shared.unwatch(fd)
        Glibc.close(fd)
        let error = reason ?? LinkError(.unavailable, "the connection is closed")
        for stream in session.abandon() where !stream.isOver {
            let handler = stream.handler
            stream.close()
            handler?.linkReset(error, on: stream)
        }
        let report = onClose
        onClose = nil
        report?(reason)
    }

    /// Hands the descriptor and what the session must remember to another image of this process; this object is done.
    /// Streams that are open are reset.
    public func detach() -> (fd: CInt, snapshot: SessionSnapshot)? {
        guard !isClosed else { return nil }
        let snapshot = session.snapshot()
        isClosed = true
        helloTimer?.cancel()
        clock?.cancel()
        lingering?.cancel()
        Reactor.shared.unwatch(fd)
        return (fd, snapshot)
    }
}
