import Logging
import NIOCore
import NIOHTTP1

/// One client connection: one request at a time, in order.
///
/// Bytes that come while a request is being answered stay undecoded (one read of them at most: reading is off while
/// they wait). Reading being off does not hide a client that leaves: the event loop reports the peer's FIN and RST
/// on their own, and as half-closure is not allowed the channel closes at once for either. Only the FIN of a client
/// that has sent more behind its request than the kernel holds for us comes late: with the next byte of the answer.
final class HTTPConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Between requests, or within a head.
        case idle
        /// The head is read; the responder decides.
        case deciding
        case reading
        case responding
        /// Answered already; the rest of the request's body is thrown away.
        case discarding
        /// The last answer is out: input is thrown away until the client closes.
        case lingering
        case closed
    }

    let loop: LoopState
    /// Above the limit of connections: answers 503 to whatever comes.
    private let isRefused: Bool
    private(set) var context: ChannelHandlerContext?
    private(set) var isLocal = false
    var remoteAddress: SocketAddress?

    var phase = Phase.idle
    var parser: HTTPRequestParser
    var pending = ByteBuffer()
    var exchange: ConnectionExchange?

    /// When something is late; what, is told by the phase.
    var deadline = NIODeadline.distantFuture
    var isInHead = false
    var isOutputClosed = false
    private var isProcessing = false
    private var isReading = true
    private var isInTurn = false
    private var needsFlush = false
    private var hasLostInput = false
    private var stall = SendStall()

    init(_ loop: LoopState, isRefused: Bool) {
        self.loop = loop
        self.isRefused = isRefused
        parser = HTTPRequestParser(limits: loop.limits)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        let address = context.channel.localAddress
        if case .unixDomainSocket = address { isLocal = true }
        remoteAddress = isLocal ? nil : context.channel.remoteAddress
        loop.add(self)
        becomeIdle()
        if isRefused { refuseConnection() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        loop.counters.bytesReceived.add(bytes.readableBytes)
        isInTurn = true
        keep(bytes)
        process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isInTurn = false
        if needsFlush {
            needsFlush = false
            context.flush()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        exchange?.becameWritable()
        process()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        loop.logger.trace("connection error", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closed
        pending = ByteBuffer()
        deadline = .distantFuture
        loop.remove(self)
        if let exchange {
            exchange.abandon(tellsSource: true)
            account(exchange, isIncomplete: true)
        }
        context.fireChannelInactive()
    }

    // MARK: Input

    private func keep(_ bytes: ByteBuffer) {
        guard phase != .lingering, phase != .closed else { return }
        if pending.readableBytes == 0 {
            pending = bytes
        } else if pending.readableBytes + bytes.readableBytes <= loop.limits.pendingBytes {
            pending.discardReadBytes()
            pending.writeImmutableBuffer(bytes)
        } else {
            // Only when the peer's FIN makes the channel read all that is left: nobody waits for an answer to it.
            hasLostInput = true
        }
        if phase == .reading { deadline = .now() + loop.limits.bodyIdleTimeout }
    }

    /// Works on what has come as far as the phase allows.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        do {
            while let event = try nextEvent() { handle(event) }
        } catch {
            reject(error)
        }
        isProcessing = false
        if phase == .idle { watchHead() }
        if phase == .reading { watchBody() }
        if pending.readableBytes == 0 { pending = ByteBuffer() }
        adjustReading()
    }

    private func nextEvent() throws(HTTPParseError) -> HTTPRequestParser.Event? {
        switch phase {
        case .idle:
            // Who does not take the answers is not given more.
            if !isWritable { context?.flush() }
            return isWritable && !hasLostInput ? try parser.next(&pending) : nil
        case .reading where isSourceFull: return nil
        case .reading, .discarding: return try parser.next(&pending)
        case .deciding, .responding, .lingering, .closed: return nil
        }
    }

    /// The time of a head runs from its first byte, whatever trickles in. Not while it waits for earlier answers to be
    /// taken.
    private func watchHead() {
        if !isInHead, isWritable, pending.readableBytes > 0 {
            isInHead = true
            deadline = .now() + loop.limits.headerTimeout
        }
    }

    /// The body is read as it comes, and its reader is behind.
    private var isSourceFull: Bool { exchange?.inbound.source?.isFull ?? false }

    /// A client that is made to wait is not late.
    private func watchBody() {
        if isSourceFull {
            deadline = .distantFuture
        } else if deadline == .distantFuture {
            deadline = .now() + loop.limits.bodyIdleTimeout
        }
    }

    /// Off only while bytes wait that nobody may look at yet.
    func adjustReading() {
        let mayWait =
            phase == .deciding || phase == .responding || (phase == .idle && !isWritable)
            || (phase == .reading && isSourceFull)
        let wanted = !(mayWait && pending.readableBytes > 0)
        guard wanted != isReading, phase != .closed, let context else { return }
        isReading = wanted
        try? context.channel.syncOptions?.setOption(.autoRead, value: wanted)
    }

    // MARK: Output

    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// More waits for the client than back-pressure allows.
    var isOverfull: Bool {
        !isWritable && bufferedBytes > loop.limits.bufferedResponse
    }

    private var bufferedBytes: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func send(_ bytes: ByteBuffer) {
        loop.counters.bytesSent.add(bytes.readableBytes)
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    func flush() {
        if isInTurn {
            needsFlush = true
        } else {
            context?.flush()
        }
    }

    func close() {
        context?.close(promise: nil)
    }

    func becomeIdle() {
        phase = .idle
        isInHead = false
        deadline = .now() + loop.idleTimeout
    }

    // MARK: Time

    func check(_ now: NIODeadline) {
        let waits = !isWritable || (phase == .lingering && !isOutputClosed)
        if stall.isTooLong(waits ? bufferedBytes : 0, now, loop.limits.sendTimeout) {
            close()
        } else if now >= deadline {
            expire()
        }
    }
}

extension HTTPLimits {
    /// Undecoded bytes of one connection: a head that is not complete, and one read.
    var pendingBytes: Int { requestLine + headerBytes + 64 * 1024 }
}
