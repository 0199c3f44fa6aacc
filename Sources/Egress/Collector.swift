import NIOCore
import Reactor

/// Gathers one small response for `HTTPClient.collect`.
@ReactorActor
final class Collector: ResponseReceiver {
    typealias Collected = Result<(ResponseHead, ByteBuffer), HTTPFailure>

    private var head = ResponseHead(status: 0)
    private var body = ByteBuffer()
    private var exchange: Exchange?
    private var continuation: CheckedContinuation<Collected, Never>?
    private var isCancelled = false

    func run(_ request: Request, on client: HTTPClient, _ continuation: CheckedContinuation<Collected, Never>) {
        guard !isCancelled else { return continuation.resume(returning: Self.cancelled) }
        self.continuation = continuation
        exchange = client.start(request, self)
    }

    /// The waiting task was cancelled; perhaps before `run`.
    func cancel() {
        isCancelled = true
        exchange?.cancel()
        end(Self.cancelled)
    }

    func responseHead(_ head: ResponseHead) { self.head = head }

    func responseBody(_ bytes: UnsafeRawBufferPointer) { body.writeBytes(bytes) }

    func responseEnd(_ result: Result<ResponseSummary, HTTPFailure>) { end(result.map { _ in (head, body) }) }

    private func end(_ result: Collected) {
        exchange = nil
        continuation?.resume(returning: result)
        continuation = nil
    }

    private static var cancelled: Collected { .failure(HTTPFailure(.cancelled, "the task was cancelled")) }
}

extension HTTPClient {
    /// The whole response to a small request; a body of more than `limit` bytes fails with `tooLarge`. Cancelling the
    /// task cancels the request. Any status is a result, not an error.
    public func collect(_ request: Request, limit: Int) async throws(HTTPFailure) -> (ResponseHead, ByteBuffer) {
        var request = request
        request.maxResponseBytes = min(limit, request.maxResponseBytes ?? limit)
        let collector = Collector()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { collector.run(request, on: self, $0) }
        } onCancel: {
            Reactor.shared.execute { collector.cancel() }
        }
        return try result.get()
    }
}
