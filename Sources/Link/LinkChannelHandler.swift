import Contracts
import NIOCore

/// What happens on one stream of a `LinkChannel`, told on its event loop.
public protocol LinkChannelStreamHandler: AnyObject {
    func linkHead(_ head: WireHead)
    /// Say `LinkChannel.consumed` when the bytes are on their way.
    func linkData(_ bytes: ByteBuffer)
    func linkEnd(_ end: WireEnd)
    func linkReset(_ error: LinkError)
    /// Called once after one or more of the above, when all that one read brought has been handed out: flush here.
    func linkTurnEnd()
}

/// The caller's side of a connection as a NIO channel handler: events go straight to the streams' handlers on the
/// channel's event loop, without a task or a queue in between.
///
/// Confined to its event loop.
public final class LinkChannelHandler: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    private var session: Session<StreamBox>
    private var context: ChannelHandlerContext?
    private var isReading = false
    /// Streams that this read brought something for; the handler beside the box, which lets go of it at the end.
    private var touched: [(box: StreamBox, handler: any LinkChannelStreamHandler)] = []
    /// The peer takes no new streams, or the connection is gone.
    public var onUnusable: (() -> Void)?

    /// What the session holds for a stream.
    final class StreamBox {
        var handler: (any LinkChannelStreamHandler)?
        var isTouched = false
        init(_ handler: any LinkChannelStreamHandler) { self.handler = handler }
    }

    public init(configuration: SessionConfiguration) {
        session = Session(side: .initiator, configuration: configuration)
    }

    public var acceptsNewStreams: Bool { context != nil && session.acceptsNewStreams }
    public var openStreams: Int { session.openStreams }

    // MARK: Calls

    /// Opens a stream; its number, for the calls below. `body` follows as DATA.
    public func open(
        _ open: WireOpen, body: ByteBuffer? = nil, handler: any LinkChannelStreamHandler
    ) throws(LinkError) -> UInt32 {
        guard context != nil else { throw LinkError(.unavailable, "the connection is closed", isSafeToRetry: true) }
        let stream = try session.open(open, finished: body == nil, handler: StreamBox(handler))
        if let body {
            session.send(body, on: stream)
            session.finish(stream)
        }
        write()
        return stream
    }

    /// Gives the stream up; the peer is told.
    public func reset(_ stream: UInt32, _ code: WireCode = .cancelled) {
        session.reset(stream, code)
        write()
        closeIfIdle()
    }

    public func consumed(_ count: Int, on stream: UInt32) {
        session.consumed(count, on: stream)
        write()
    }

    // MARK: Channel

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { write() }
    }

    public func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    public func channelActive(context: ChannelHandlerContext) {
        write()
        context.fireChannelActive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        session.receive(unwrapInboundIn(data))
        do throws(ProtocolViolation) {
            while let event = try session.next() { handle(event) }
        } catch {
            session.goAway(error.code, error.text)
            isReading = false
            write()
            fail(LinkError(error.code, error.text))
            context.close(promise: nil)
        }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        let turn = touched
        touched.removeAll(keepingCapacity: true)
        for (box, handler) in turn {
            box.isTouched = false
            handler.linkTurnEnd()
        }
        write()
        context.fireChannelReadComplete()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        fail(LinkError(.unavailable, "the connection was lost"))
        self.context = nil
        context.fireChannelInactive()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    // MARK: Events

    private func handle(_ event: SessionEvent<StreamBox>) {
        switch event {
        case .hello, .pong: break
        case .opened(let stream, _, _): session.reset(stream, .unimplemented, "nothing is served here")
        case .head(let box, let head):
            box.handler?.linkHead(head)
            touch(box)
        case .data(let box, let bytes, _):
            box.handler?.linkData(bytes)
            touch(box)
        case .ended(let box, let end):
            touch(box)
            let handler = box.handler
            box.handler = nil
            handler?.linkEnd(end)
            closeIfIdle()
        case .reset(let box, let reset):
            let handler = box.handler
            box.handler = nil
            let isRefusal = reset.code == .draining || reset.code == .resourceExhausted
            handler?.linkReset(LinkError(reset.code, reset.text, isSafeToRetry: isRefusal))
            closeIfIdle()
        case .writable: break
        case .goAway(let message):
            let refused = session.refused(after: message.lastStream)
            unusable()
            for box in refused { box.handler?.linkReset(.refusal(message)) }
            closeIfIdle()
        }
    }

    private func touch(_ box: StreamBox) {
        guard !box.isTouched, let handler = box.handler else { return }
        box.isTouched = true
        touched.append((box, handler))
    }

    private func write() {
        guard !isReading, let context, context.channel.isActive, session.outbound.readableBytes > 0 else { return }
        let bytes = session.outbound
        session.outbound = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        session.drained()
    }

    /// After GOAWAY the connection is closed by this side, when its last stream is over.
    private func closeIfIdle() {
        guard session.isPeerDraining, session.openStreams == 0 else { return }
        context?.close(promise: nil)
    }

    private func unusable() {
        let report = onUnusable
        onUnusable = nil
        report?()
    }

    private func fail(_ error: LinkError) {
        unusable()
        for box in session.abandon() {
            let handler = box.handler
            box.handler = nil
            handler?.linkReset(error)
        }
    }
}
