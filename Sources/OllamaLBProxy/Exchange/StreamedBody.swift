import Egress
import Link
import NIOCore
import Reactor

/// A request body on its way from the link to a backend, at the backend's pace: at most a window of it is here.
@ReactorActor
final class StreamedBody: UploadSource {
    private let stream: LinkStream
    private var waiting: ByteBuffer
    private var isFinished: Bool
    /// Bytes that came with OPEN: the link counts no credit for them.
    private var uncredited: Int

    init(_ first: ByteBuffer, finished: Bool, stream: LinkStream) {
        self.stream = stream
        waiting = first
        uncredited = first.readableBytes
        isFinished = finished
    }

    func add(_ bytes: ByteBuffer, finished: Bool) {
        waiting.writeImmutableBuffer(bytes)
        if finished { isFinished = true }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> UploadStep {
        let count = min(buffer.count, waiting.readableBytes)
        guard count > 0 else { return isFinished ? .end : .wait }
        waiting.readWithUnsafeReadableBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        }
        waiting.discardReadBytes()
        let free = min(count, uncredited)
        uncredited -= free
        stream.consumed(count - free)
        return .wrote(count)
    }
}
