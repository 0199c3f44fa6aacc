import NIOCore
import NIOHTTP1

/// From a parsed event to a running handler.
extension HTTPConnectionHandler {
    func handle(_ event: HTTPRequestParser.Event) {
        switch event {
        case .head(let head): begin(head)
        case .body(let bytes): collect(bytes)
        case .end: endOfRequest()
        }
    }

    private func begin(_ head: HTTPRequestParser.Head) {
        phase = .deciding
        deadline = .distantFuture
        let request = HTTPRequest(
            head, identifier: RequestIdentifier(head.headers, generator: &loop.identifiers),
            remoteAddress: remoteAddress, isLocal: isLocal)
        let exchange = ConnectionExchange(request, InboundMessage(head), self)
        self.exchange = exchange
        loop.counters.requestsInFlight.add(1)
        guard head.expectsContinue != false else {
            return exchange.respond(HTTPError(.expectationFailed, "Expectation Failed").response)
        }
        decide(loop.responder.begin(&exchange.request), exchange)
    }

    private func decide(_ decision: HTTPDecision, _ exchange: ConnectionExchange) {
        switch decision {
        case .respond(let limit, let handler): admit(exchange, limit, handler)
        case .refuse(let response): exchange.respond(response)
        case .later(let ask): wait(for: ask, exchange)
        }
    }

    private func wait(
        for ask: @escaping @Sendable (inout HTTPRequest) async -> HTTPDecision, _ exchange: ConnectionExchange
    ) {
        let eventLoop = loop.eventLoop
        let bound = NIOLoopBound(exchange, eventLoop: eventLoop)
        let asked = exchange.request
        exchange.task = Task {
            var request = asked
            let decision = await ask(&request)
            let answered = request
            eventLoop.execute { bound.value.connection?.resume(bound.value, answered, decision) }
        }
    }

    private func resume(_ exchange: ConnectionExchange, _ request: HTTPRequest, _ decision: HTTPDecision) {
        exchange.request = request
        exchange.task = nil
        decide(decision, exchange)
        process()
    }

    private func admit(_ exchange: ConnectionExchange, _ limit: Int, _ handler: HTTPHandler) {
        let inbound = exchange.inbound
        inbound.handler = handler
        inbound.bodyLimit = limit
        if let announced = inbound.outstanding, announced > limit { return refuseBody(exchange) }
        if inbound.awaitsContinue, pending.readableBytes == 0 {
            send(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
            flush()
        }
        inbound.awaitsContinue = false
        phase = .reading
        deadline = .now() + loop.limits.bodyIdleTimeout
        if case .streaming(let serve) = handler { stream(serve, exchange) }
    }

    /// Runs the handler beside the reading of the body.
    private func stream(
        _ serve: @escaping @Sendable (HTTPRequest, HTTPRequestBody) async throws -> HTTPResponse,
        _ exchange: ConnectionExchange
    ) {
        let source = BodySource()
        source.onRoom = { [weak self] in self?.process() }
        exchange.inbound.source = source
        let body = HTTPRequestBody(source: NIOLoopBound(source, eventLoop: loop.eventLoop))
        run({ request in try await serve(request, body) }, exchange.request, exchange, on: nil)
    }

    private func refuseBody(_ exchange: ConnectionExchange) {
        refuseBody(exchange, HTTPError(.payloadTooLarge, "Request body too large"))
    }

    func refuseBody(_ exchange: ConnectionExchange, _ error: HTTPError) {
        exchange.inbound.source?.fail(error)
        // Answered while its body still came: what is missing of the answer can only be shown by breaking it off.
        if exchange.status > 0 { cut(exchange, tellsSource: true) } else { exchange.respond(error.response) }
    }

    private func collect(_ bytes: ByteBuffer) {
        guard let exchange, phase == .reading else { return }
        let inbound = exchange.inbound
        inbound.received += bytes.readableBytes
        guard inbound.received <= inbound.bodyLimit else { return refuseBody(exchange) }
        if let source = inbound.source { return source.append(bytes) }
        if exchange.request.body.readableBytes == 0 {
            exchange.request.body = bytes
        } else {
            exchange.request.body.writeImmutableBuffer(bytes)
        }
    }

    private func endOfRequest() {
        if phase == .discarding { return becomeIdle() }
        // Answered before its end was looked at: nothing was left of it.
        guard phase == .reading, let exchange else { return }
        exchange.inbound.isComplete = true
        phase = .responding
        deadline = .distantFuture
        let request = exchange.request
        exchange.request.body = ByteBuffer()
        switch exchange.inbound.handler {
        case .relay(let serve): serve(request, exchange)
        case .async(let serve): run(serve, request, exchange, on: nil)
        case .waiting(let serve): run(serve, request, exchange, on: loop.executor)
        case .streaming: exchange.inbound.source?.finish()
        case nil: exchange.fail()
        }
    }
}
