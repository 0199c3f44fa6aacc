import Glibc
import NIOCore
import NIOHTTP1

/// How requests and connections end.
extension HTTPConnectionHandler {
    /// Whether this answer may leave the connection open: asked for, not draining, and what is left of the request's
    /// body is known to be little.
    func mayKeepAlive(_ exchange: ConnectionExchange) -> Bool {
        let inbound = exchange.inbound
        guard inbound.wantsKeepAlive, !inbound.isBroken, !loop.isDraining else { return false }
        if inbound.isComplete { return true }
        guard !inbound.awaitsContinue, let outstanding = inbound.outstanding else { return false }
        return outstanding <= loop.limits.discardedBody
    }

    /// The answer is written.
    func finished(_ exchange: ConnectionExchange) {
        flush()
        account(exchange, isIncomplete: false)
        if !exchange.keepAlive {
            linger()
        } else if exchange.inbound.isComplete {
            becomeIdle()
        } else {
            phase = .discarding
            deadline = .now() + loop.limits.bodyIdleTimeout
        }
        process()
    }

    /// Ends an answer that cannot be finished, so that the client notices.
    func cut(_ exchange: ConnectionExchange, tellsSource: Bool) {
        let looksWhole = exchange.framing == .untilClose
        exchange.abandon(tellsSource: tellsSource)
        account(exchange, isIncomplete: true)
        // Where the end of the connection is the end of the body, only a reset says that something is missing.
        if looksWhole { resetOnClose() }
        close()
    }

    func account(_ exchange: ConnectionExchange, isIncomplete: Bool) {
        self.exchange = nil
        let counters = loop.counters
        counters.requestsInFlight.add(-1)
        if isIncomplete { counters.incomplete.add(1) }
        if exchange.status > 0 { counters.countResponse(exchange.status) }
        guard let log = loop.accessLog else { return }
        let request = exchange.request
        log(
            HTTPAccessRecord(
                method: request.method, path: String(request.rawPath), route: request.route,
                status: exchange.status > 0 ? exchange.status : 499, duration: .now() - exchange.started,
                bytes: exchange.bytesSent, requestID: request.requestID, isIncomplete: isIncomplete))
    }

    // MARK: Refusals

    /// What came is no HTTP: answers if anyone may still listen, and closes.
    func reject(_ error: HTTPParseError) {
        refuse(HTTPError(error.status, error.detail))
    }

    func refuseConnection() {
        refuse(HTTPError(.serviceUnavailable, "Too many connections", headers: ["retry-after": "1"]))
    }

    private func refuse(_ error: HTTPError) {
        pending = ByteBuffer()
        if let exchange {
            exchange.inbound.isBroken = true
            return refuseBody(exchange, error)
        }
        guard phase == .idle else { return linger() }
        guard case .bytes(let body) = error.response.body else { return linger() }
        let head = ResponseHead(
            status: error.status, headers: error.response.headers, framing: .length(body.readableBytes),
            keepAlive: false, isHTTP10: false)
        send(loop.encode(head, .generated(loop.identifiers.next()), body))
        loop.counters.countResponse(Int(error.status.code))
        linger()
    }

    /// Something took too long.
    func expire() {
        deadline = .distantFuture
        switch phase {
        case .idle where isInHead, .reading: refuse(HTTPError(.requestTimeout, "Request Timeout"))
        case .idle, .discarding, .lingering: close()
        case .deciding, .responding, .closed: break
        }
    }

    // MARK: Closing

    /// What has nothing to answer is closed soon.
    func shortenIdleTime() {
        guard phase == .idle, !isInHead else { return }
        deadline = min(deadline, .now() + loop.idleTimeout)
    }

    /// Closes so that the last answer arrives: a close with input unread would make the kernel reset the connection,
    /// and the client would lose what it has not read. The client's FIN or the time-out ends it.
    func linger() {
        guard phase != .lingering, phase != .closed, let context else { return }
        phase = .lingering
        pending = ByteBuffer()
        deadline = .distantFuture
        context.flush()
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            self.isOutputClosed = true
            if self.phase == .lingering { self.deadline = .now() + self.loop.limits.lingerTimeout }
        }
        context.close(mode: .output, promise: promise)
        adjustReading()
    }

    private func resetOnClose() {
        let option = ChannelOptions.socketOption(.so_linger)
        try? context?.channel.syncOptions?.setOption(option, value: 0)
    }
}
