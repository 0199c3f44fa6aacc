import NIOCore

/// Gathers what is written between two flushes into one buffer, framed as one HTTP chunk, in storage that is used
/// again for the next: a small token costs a copy of its bytes and no allocation.
struct ChunkStage {
    /// Room for eight hexadecimal digits and CRLF; the digits are set right-aligned when the size is known.
    private static let reserved = 10
    /// Storage that grew beyond this is not kept.
    private static let kept = 64 * 1024

    private var buffer = ByteBuffer()
    private(set) var isEmpty = true

    /// Bytes of body that wait.
    var count: Int { isEmpty ? 0 : buffer.writerIndex - Self.reserved }

    mutating func append(_ data: ByteBuffer) {
        guard data.readableBytes > 0 else { return }
        if isEmpty { restart() }
        buffer.writeImmutableBuffer(data)
    }

    private mutating func restart() {
        if buffer.storageCapacity > Self.kept { buffer = ByteBuffer() }
        // Takes new storage if the last chunk is still on its way to the socket.
        buffer.clear(minimumCapacity: Self.reserved)
        buffer.moveWriterIndex(to: Self.reserved)
        isEmpty = false
    }

    /// What waits, without framing.
    mutating func takePlain() -> ByteBuffer? {
        guard !isEmpty else { return nil }
        isEmpty = true
        buffer.moveReaderIndex(to: Self.reserved)
        return buffer
    }

    /// What waits as one chunk, followed by the last chunk if `isLast`.
    mutating func takeChunk(isLast: Bool) -> ByteBuffer? {
        guard !isEmpty else { return isLast ? ByteBuffer(staticString: "0\r\n\r\n") : nil }
        let size = count
        isEmpty = true
        buffer.writeStaticString(isLast ? "\r\n0\r\n\r\n" : "\r\n")
        var start = Self.reserved
        buffer.setInteger(UInt16(0x0d0a), at: start - 2)
        start -= 2
        var rest = size
        repeat {
            start -= 1
            let nibble = UInt8(rest & 0xf)
            buffer.setInteger(nibble < 10 ? 0x30 + nibble : 0x57 + nibble, at: start)
            rest >>= 4
        } while rest > 0
        buffer.moveReaderIndex(to: start)
        return buffer
    }
}
