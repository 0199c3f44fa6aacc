import NIOCore

/// Handlers that run in tasks. Only the answer comes back to the event loop.
extension HTTPConnectionHandler {
    func run(
        _ serve: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse, _ request: HTTPRequest,
        _ exchange: ConnectionExchange, on executor: LoopExecutor?
    ) {
        let eventLoop = loop.eventLoop
        let logger = loop.logger
        let bound = NIOLoopBound(exchange, eventLoop: eventLoop)
        exchange.task = Task(executorPreference: executor) {
            let response: HTTPResponse
            do {
                response = try await serve(request)
            } catch let error as HTTPError {
                response = error.response
            } catch {
                response = HTTPError.unexpected(requestID: request.requestID)
                if !Task.isCancelled {
                    logger.error(
                        "request failed", metadata: ["request_id": "\(request.requestID)", "error": "\(error)"])
                }
            }
            eventLoop.execute { bound.value.respond(response) }
        }
    }

    /// The streamed body of `response`. Its task takes the place of the handler's, which has ended.
    func run(
        _ produce: @escaping @Sendable (any HTTPBodyWriter) async throws -> Void, _ response: HTTPResponse,
        _ exchange: ConnectionExchange
    ) {
        exchange.writeHead(response.status, headers: response.headers)
        if case .none = exchange.framing { return exchange.finish() }
        exchange.flush()
        let eventLoop = loop.eventLoop
        let logger = loop.logger
        let requestID = exchange.request.requestID
        let bound = NIOLoopBound(exchange, eventLoop: eventLoop)
        exchange.task = Task {
            do {
                try await produce(TaskBodyWriter(exchange: bound))
                eventLoop.execute { bound.value.finish() }
            } catch {
                if !Task.isCancelled {
                    logger.error("stream failed", metadata: ["request_id": "\(requestID)", "error": "\(error)"])
                }
                eventLoop.execute { bound.value.fail() }
            }
        }
    }
}

struct TaskBodyWriter: HTTPBodyWriter {
    let exchange: NIOLoopBound<ConnectionExchange>

    func write(_ data: ByteBuffer) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            exchange.eventLoop.execute { exchange.value.write(data, done) }
        }
    }
}
