import Logging
import NIOCore
import NIOHTTP1

/// What the connections of one event loop share. Confined to that loop, but for the counters.
final class LoopState {
    /// One read is what a connection may make us hold beyond a request.
    static let receiveAllocator = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 32 * 1024)

    let eventLoop: any EventLoop
    /// Of tasks that do not leave the loop.
    let executor: LoopExecutor
    let limits: HTTPLimits
    let responder: any HTTPResponder
    let logger: Logger
    let accessLog: (@Sendable (HTTPAccessRecord) -> Void)?
    let counters: HTTPCounters
    var identifiers = RequestIdentifierGenerator()
    var isDraining: Bool { draining.isSet }
    private let draining: DrainFlag
    /// How long a connection may be silent between requests, or before its first.
    private(set) var idleTimeout: TimeAmount
    /// The same when nobody takes over: a request that is on its way is still answered.
    private static let finalIdleTimeout = TimeAmount.milliseconds(500)
    private var isClosed = false
    private var dates = HTTPDateCache()
    private var scratch = ByteBuffer()
    private var connections: [ObjectIdentifier: HTTPConnectionHandler] = [:]
    private var ticker: RepeatedTask?

    init(_ eventLoop: any EventLoop, _ settings: HTTPServer.Settings, _ counters: HTTPCounters) {
        self.eventLoop = eventLoop
        executor = LoopExecutor(eventLoop)
        self.counters = counters
        limits = settings.limits
        draining = settings.draining
        idleTimeout = settings.limits.keepAliveTimeout
        responder = settings.responder
        logger = settings.logger
        accessLog = settings.accessLog
    }

    func add(_ connection: HTTPConnectionHandler) {
        guard !isClosed else { return connection.close() }
        connections[ObjectIdentifier(connection)] = connection
        guard ticker == nil else { return }
        let tick = limits.tick
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in bound.value.look() }
    }

    func remove(_ connection: HTTPConnectionHandler) {
        connections[ObjectIdentifier(connection)] = nil
        guard connections.isEmpty else { return }
        // No connections, no wake-ups.
        ticker?.cancel()
        ticker = nil
    }

    private func look() {
        let now = NIODeadline.now()
        for connection in Array(connections.values) { connection.check(now) }
    }

    /// Nobody takes over: connections on which nothing comes are closed soon.
    func shortenIdleTime() {
        idleTimeout = min(limits.keepAliveTimeout, Self.finalIdleTimeout)
        for connection in Array(connections.values) { connection.shortenIdleTime() }
    }

    /// Connections that were accepted but have not come here yet are closed when they do.
    func closeAll() {
        isClosed = true
        for connection in Array(connections.values) { connection.close() }
    }

    /// A head and the body that goes out with it. The storage is used again once it has been sent.
    func encode(_ head: ResponseHead, _ identifier: RequestIdentifier, _ body: ByteBuffer) -> ByteBuffer {
        if scratch.storageCapacity > 64 * 1024 { scratch = ByteBuffer() }
        scratch.clear(minimumCapacity: 512)
        head.write(to: &scratch, identifier, date: dates.tail())
        scratch.writeImmutableBuffer(body)
        return scratch
    }
}
