public import NIOCore
import Reactor

/// A response whose body is read at the reader's pace: what nobody asks for stays with the upstream, but for `capacity`
/// bytes. Whoever does not read it to its end says `cancel`, or the connection stays open.
@ReactorActor
public final class ResponseStream: ResponseReceiver {
    static let capacity = 256 * 1024

    private var held = ByteBuffer()
    private var result: Result<ResponseSummary, HTTPFailure>?
    private var exchange: Exchange?
    private var headReader: CheckedContinuation<Result<ResponseHead, HTTPFailure>, Never>?
    private var bodyReader: CheckedContinuation<Result<ByteBuffer?, HTTPFailure>, Never>?

    init() {}

    func start(_ request: Request, on client: HTTPClient) async throws(HTTPFailure) -> ResponseHead {
        let head: Result<ResponseHead, HTTPFailure> = await waiting { continuation in
            guard self.result == nil else { return continuation.resume(returning: .failure(Self.cancelled)) }
            self.headReader = continuation
            self.exchange = client.start(request, self)
        }
        return try head.get()
    }

    /// What has come since the last call, at least one byte; nil at the end. One call at a time. Cancelling the task
    /// cancels the request.
    public func next() async throws(HTTPFailure) -> ByteBuffer? {
        let bytes: Result<ByteBuffer?, HTTPFailure> = await waiting { self.read($0) }
        return try bytes.get()
    }

    /// Ends the request; whoever waits is told `cancelled`. Idempotent.
    public func cancel() {
        exchange?.cancel()
        exchange = nil
        held = ByteBuffer()
        if result == nil { end(.failure(Self.cancelled)) }
    }

    private func waiting<Value: Sendable>(
        _ body: @ReactorActor (CheckedContinuation<Value, Never>) -> Void
    ) async -> Value {
        await withTaskCancellationHandler {
            await withCheckedContinuation { body($0) }
        } onCancel: {
            Reactor.shared.execute { self.cancel() }
        }
    }

    private func read(_ continuation: CheckedContinuation<Result<ByteBuffer?, HTTPFailure>, Never>) {
        guard held.readableBytes == 0 else {
            let bytes = held
            held = ByteBuffer()
            exchange?.resume()
            return continuation.resume(returning: .success(bytes))
        }
        switch result {
        case nil: bodyReader = continuation
        case .success: continuation.resume(returning: .success(nil))
        case .failure(let failure): continuation.resume(returning: .failure(failure))
        }
    }

    private func end(_ result: Result<ResponseSummary, HTTPFailure>) {
        self.result = result
        exchange = nil
        let reader = bodyReader
        bodyReader = nil
        reader?.resume(returning: result.map { _ in nil })
        guard case .failure(let failure) = result else { return }
        headReader?.resume(returning: .failure(failure))
        headReader = nil
    }

    private static var cancelled: HTTPFailure { HTTPFailure(.cancelled, "the request was cancelled") }

    // MARK: From the upstream

    public func responseHead(_ head: ResponseHead) {
        headReader?.resume(returning: .success(head))
        headReader = nil
    }

    public func responseBody(_ bytes: UnsafeRawBufferPointer) {
        if let reader = bodyReader {
            bodyReader = nil
            return reader.resume(returning: .success(ByteBuffer(bytes: bytes)))
        }
        held.writeBytes(bytes)
        if held.readableBytes >= Self.capacity { exchange?.pause() }
    }

    public func responseEnd(_ result: Result<ResponseSummary, HTTPFailure>) { end(result) }
}

extension HTTPClient {
    /// As `fetch`, for answers of any length: returns with the head of the last hop.
    ///
    /// - Parameter request: a GET without a body.
    public func open(
        _ request: Request, redirects: Int = 5
    ) async throws(HTTPFailure) -> (ResponseHead, ResponseStream) {
        var request = request
        for hop in 0...redirects {
            let stream = ResponseStream()
            let head = try await stream.start(request, on: self)
            guard [301, 302, 303, 307, 308].contains(head.status) else { return (head, stream) }
            stream.cancel()
            guard hop < redirects else { break }
            request = try Self.redirected(request, to: head.first("Location"))
        }
        throw HTTPFailure(.badRedirect, "more than \(redirects) redirects")
    }
}
