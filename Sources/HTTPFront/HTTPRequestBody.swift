public import NIOCore

/// The body of a request that is read as it arrives (`HTTPHandler.streaming`). What nobody has asked for yet stays with
/// the client, but for `BodySource.capacity` bytes and one read.
public struct HTTPRequestBody: Sendable {
    let source: NIOLoopBound<BodySource>

    /// What has come since the last call, at least one byte; nil at the end. One call at a time.
    /// - Throws: `HTTPError` when the body is too long or comes too slowly; `CancellationError` when the client has left
    ///   or the request has been answered.
    public func next() async throws -> ByteBuffer? {
        try await withCheckedThrowingContinuation { continuation in
            source.eventLoop.execute { source.value.next(continuation) }
        }
    }
}

/// What has come of a body and waits for its reader. Confined to the connection's event loop.
final class BodySource {
    static let capacity = 128 * 1024

    private var held = ByteBuffer()
    private var isComplete = false
    private var failure: (any Error)?
    private var reader: CheckedContinuation<ByteBuffer?, any Error>?
    /// There is room again after `isFull`.
    var onRoom: (() -> Void)?

    /// No more of the body is to be read from the client.
    var isFull: Bool { held.readableBytes >= Self.capacity }

    func append(_ bytes: ByteBuffer) {
        guard failure == nil else { return }
        if let reader {
            self.reader = nil
            return reader.resume(returning: bytes)
        }
        if held.readableBytes == 0 { held = bytes } else { held.writeImmutableBuffer(bytes) }
    }

    func finish() {
        isComplete = true
        reader?.resume(returning: nil)
        reader = nil
        onRoom = nil
    }

    /// Nothing more comes, and what is held is dropped. Idempotent; nothing after `finish` was read to its end.
    func fail(_ error: any Error) {
        guard failure == nil else { return }
        failure = error
        held = ByteBuffer()
        onRoom = nil
        reader?.resume(throwing: error)
        reader = nil
    }

    func next(_ continuation: CheckedContinuation<ByteBuffer?, any Error>) {
        if let failure { return continuation.resume(throwing: failure) }
        guard held.readableBytes > 0 else {
            if isComplete { return continuation.resume(returning: nil) }
            reader = continuation
            return
        }
        let wasFull = isFull
        let bytes = held
        held = ByteBuffer()
        continuation.resume(returning: bytes)
        if wasFull { onRoom?() }
    }
}
