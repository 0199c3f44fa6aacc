import HTTPFront
import Logging
import NIOCore

/// What must be known before a relay begins, such as whether its caller may: asked in a task; then it goes on on the
/// event loop, unless the client has left meanwhile. Confined to the client's event loop.
final class RelayDecision<Value: Sendable> {
    private let exchange: any HTTPExchange
    private let logger: Logger
    /// The answer to an error; nil: nobody expected it.
    private let refusal: (any Error) -> HTTPResponse?
    private let proceed: (Value) -> Void
    private var hasClientLeft = false

    private init(
        _ exchange: any HTTPExchange, _ logger: Logger, _ refusal: @escaping (any Error) -> HTTPResponse?,
        _ proceed: @escaping (Value) -> Void
    ) {
        (self.exchange, self.logger, self.refusal, self.proceed) = (exchange, logger, refusal, proceed)
    }

    static func wait(
        _ exchange: any HTTPExchange, _ logger: Logger, refusal: @escaping (any Error) -> HTTPResponse?,
        for decide: @escaping @Sendable () async throws -> Value, then proceed: @escaping (Value) -> Void
    ) {
        let decision = RelayDecision(exchange, logger, refusal, proceed)
        let bound = NIOLoopBound(decision, eventLoop: exchange.eventLoop)
        let task = Task {
            let result: Result<Value, any Error>
            do { result = .success(try await decide()) } catch { result = .failure(error) }
            bound.eventLoop.execute { bound.value.decided(result) }
        }
        exchange.onClientGone = {
            decision.hasClientLeft = true
            task.cancel()
        }
    }

    private func decided(_ result: Result<Value, any Error>) {
        guard !hasClientLeft else { return }
        exchange.onClientGone = nil
        switch result {
        case .success(let value): proceed(value)
        case .failure(let error):
            if let response = refusal(error) { return exchange.respond(response) }
            logger.error("request failed", metadata: ["error": "\(error)"])
            exchange.fail()
        }
    }
}
