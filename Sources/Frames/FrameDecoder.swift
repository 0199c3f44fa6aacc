import NIOCore

/// Bytes in, frames out; no I/O. Payloads share the storage of the bytes that were appended.
///
/// Memory: never more than one frame (1 MiB) beyond what one `append` brought.
public struct FrameDecoder: Sendable {
    private var buffer = ByteBuffer()
    private var failure: FrameError?

    public init() {}

    /// Bytes of a frame that is not whole yet.
    public var leftover: ByteBuffer { buffer }

    public mutating func append(_ bytes: ByteBuffer) {
        guard failure == nil else { return }
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// The next whole frame; nil when more bytes are needed. After an error it throws the same error for ever.
    public mutating func next() throws(FrameError) -> Frame? {
        if let failure { throw failure }
        do {
            return try decode()
        } catch {
            failure = error
            buffer = ByteBuffer()
            throw error
        }
    }

    private mutating func decode() throws(FrameError) -> Frame? {
        let start = buffer.readerIndex
        guard let length = buffer.getInteger(at: start, as: UInt32.self) else { return nil }
        guard length <= Frame.maximumLength else { throw .tooLong(length: length) }
        guard length >= 6 else { throw .tooShort(length: length) }
        guard let rawType = buffer.getInteger(at: start + 4, as: UInt8.self) else { return nil }
        guard let type = FrameType(rawValue: rawType) else { throw .unknownType(rawType) }
        guard let flags = buffer.getInteger(at: start + 5, as: UInt8.self),
            let stream = buffer.getInteger(at: start + 6, as: UInt32.self)
        else { return nil }
        guard type.isConnectionLevel == (stream == 0) else { throw .wrongStream(type: type, stream: stream) }
        guard let payload = buffer.getSlice(at: start + Frame.headerSize, length: Int(length) - 6) else { return nil }
        buffer.moveReaderIndex(forwardBy: 4 + Int(length))
        return Frame(type, flags: FrameFlags(rawValue: flags), stream: stream, payload: payload)
    }
}
