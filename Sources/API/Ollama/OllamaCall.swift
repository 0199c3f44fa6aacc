import Contracts
import Link
import NIOCore
import Reactor
import SwiftProtobuf

/// A streaming call to ollama-lb-proxy whose answer api itself wants: kept in memory up to a limit.
@ReactorActor
final class OllamaCall: LinkStreamHandler {
    struct Answer: Sendable {
        var status: Int
        var headers: [WireHeader]
        var body: ByteBuffer
    }

    private let limit: Int
    private var head: WireHead?
    private var body = ByteBuffer()
    private var stream: LinkStream?
    private var result: Result<Answer, LinkError>?
    private var waiting: CheckedContinuation<Result<Answer, LinkError>, Never>?
    private var sender: CheckedContinuation<Void, Never>?

    private init(limit: Int) { self.limit = limit }

    /// - Parameter limit: bytes of the answer's body; more is `resourceExhausted`.
    static func collect(
        _ request: some UpstreamCall, on client: LinkClient, call: CallHeader, limit: Int = 8 << 20
    ) async throws(LinkError) -> Answer {
        let this = OllamaCall(limit: limit)
        this.stream = try client.connection().open(
            call.open(type(of: request).method, request), handler: this)
        return try await this.answer()
    }

    /// The same with a body that is sent piece by piece, as the other side takes it.
    /// - Parameter piece: what follows so many bytes of the body; nil at its end.
    static func send(
        _ request: some UpstreamCall, on client: LinkClient, call: CallHeader, limit: Int = 1 << 20,
        piece: @Sendable (_ offset: Int) async throws -> ByteBuffer?
    ) async throws -> Answer {
        let this = OllamaCall(limit: limit)
        let stream = try client.connection().open(
            call.open(type(of: request).method, request), finished: false, handler: this)
        this.stream = stream
        do {
            var offset = 0
            while this.result == nil, let bytes = try await piece(offset) {
                offset += bytes.readableBytes
                if !stream.send(bytes) { await this.room() }
            }
        } catch {
            this.cancel()
            throw error
        }
        stream.finish()
        return try await this.answer()
    }

    // MARK: Waiting

    private func answer() async throws(LinkError) -> Answer {
        let ended: Result<Answer, LinkError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if let result { continuation.resume(returning: result) } else { waiting = continuation }
            }
        } onCancel: {
            Reactor.shared.execute { self.cancel() }
        }
        return try ended.get()
    }

    private func room() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                if result == nil { sender = continuation } else { continuation.resume() }
            }
        } onCancel: {
            Reactor.shared.execute { self.cancel() }
        }
    }

    private func cancel() {
        guard result == nil else { return }
        stream?.reset(.cancelled, "the caller gave up")
        end(.failure(LinkError(.cancelled, "the caller gave up")))
    }

    private func end(_ result: Result<Answer, LinkError>) {
        guard self.result == nil else { return }
        self.result = result
        stream = nil
        sender?.resume()
        sender = nil
        waiting?.resume(returning: result)
        waiting = nil
    }

    // MARK: From the proxy

    func linkHead(_ head: WireHead, on stream: LinkStream) { self.head = head }

    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        stream.consumed(bytes.readableBytes)
        guard body.readableBytes + bytes.readableBytes <= limit else {
            stream.reset(.resourceExhausted, "the answer is too long")
            return end(.failure(LinkError(.resourceExhausted, "the answer is longer than \(limit) bytes")))
        }
        body.writeImmutableBuffer(bytes)
    }

    func linkEnd(_ end: WireEnd, on stream: LinkStream) {
        guard end.code == .ok, let head else { return self.end(.failure(LinkError(end.code, end.text))) }
        self.end(.success(Answer(status: Int(head.status), headers: head.headers, body: body)))
    }

    func linkReset(_ error: LinkError, on stream: LinkStream) { end(.failure(error)) }

    func linkWritable(on stream: LinkStream) {
        sender?.resume()
        sender = nil
    }
}
