import HTTPFront
import NIOCore

/// A request whose answer has not begun: something is waited for in a task, then it goes on on the event loop, unless
/// the client has left meanwhile. Confined to that loop.
final class PendingExchange<Value: Sendable> {
    private let exchange: any HTTPExchange
    private let proceed: (Value) -> Void
    private var hasClientLeft = false

    private init(_ exchange: any HTTPExchange, _ proceed: @escaping (Value) -> Void) {
        self.exchange = exchange
        self.proceed = proceed
    }

    static func start(
        _ exchange: any HTTPExchange, _ wait: @escaping @Sendable () async throws(CompletionError) -> Value,
        then proceed: @escaping (Value) -> Void
    ) {
        let this = PendingExchange(exchange, proceed)
        let bound = NIOLoopBound(this, eventLoop: exchange.eventLoop)
        let task = Task {
            let result: Result<Value, CompletionError>
            do throws(CompletionError) { result = .success(try await wait()) } catch { result = .failure(error) }
            bound.eventLoop.execute { bound.value.goOn(result) }
        }
        exchange.onClientGone = {
            this.hasClientLeft = true
            task.cancel()
        }
    }

    private func goOn(_ result: Result<Value, CompletionError>) {
        guard !hasClientLeft else { return }
        exchange.onClientGone = nil
        switch result {
        case .success(let value): proceed(value)
        case .failure(let error): exchange.respond(error.response)
        }
    }
}
