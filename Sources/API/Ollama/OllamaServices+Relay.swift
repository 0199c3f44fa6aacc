import Contracts
import HTTPFront
import Link
import Logging
import NIOCore

extension OllamaServices {
    /// Passes the request on and its answer back, on the client's event loop.
    func relay(
        _ message: some UpstreamCall, _ request: HTTPRequest, _ exchange: any HTTPExchange, body: ByteBuffer? = nil
    ) {
        guard let link = links.link(on: exchange.eventLoop) else { return exchange.fail() }
        UpstreamRelay(
            exchange: exchange, link: link, request: message, body: body ?? request.body, call: Self.header(request),
            logger: logger
        ).begin()
    }

    /// Waits for something in a task before the answer begins; then goes on on the event loop, unless the client has
    /// left meanwhile.
    func later<Value: Sendable>(
        _ exchange: any HTTPExchange, _ wait: @escaping @Sendable () async throws -> Value,
        then proceed: @escaping (Value) -> Void
    ) {
        let waiting = Waiting(exchange, proceed, logger)
        let bound = NIOLoopBound(waiting, eventLoop: exchange.eventLoop)
        let task = Task {
            let result: Result<Value, any Error>
            do { result = .success(try await wait()) } catch { result = .failure(error) }
            bound.eventLoop.execute { bound.value.proceed(result) }
        }
        exchange.onClientGone = {
            waiting.hasClientLeft = true
            task.cancel()
        }
    }
}

/// A request whose answer has not begun. Confined to the client's event loop.
private final class Waiting<Value: Sendable> {
    private let exchange: any HTTPExchange
    private let body: (Value) -> Void
    private let logger: Logger
    var hasClientLeft = false

    init(_ exchange: any HTTPExchange, _ body: @escaping (Value) -> Void, _ logger: Logger) {
        self.exchange = exchange
        self.body = body
        self.logger = logger
    }

    func proceed(_ result: Result<Value, any Error>) {
        guard !hasClientLeft else { return }
        exchange.onClientGone = nil
        switch result {
        case .success(let value): body(value)
        case .failure(let error as HTTPError): exchange.respond(OllamaErrorBody.response(error))
        case .failure(let error as LinkError): exchange.respond(OllamaErrorBody.response(error))
        case .failure(let error):
            logger.error("request failed", metadata: ["error": "\(error)"])
            exchange.fail()
        }
    }
}
