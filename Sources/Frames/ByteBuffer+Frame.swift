import NIOCore

extension ByteBuffer {
    /// Appends one frame. `payload` must be at most `Frame.maximumPayload` bytes; longer DATA is cut by the caller.
    public mutating func writeFrame(
        _ type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, payload: ByteBuffer = ByteBuffer()
    ) {
        writeFrameHeader(type, flags: flags, stream: stream, payloadSize: payload.readableBytes)
        writeImmutableBuffer(payload)
    }

    /// Appends one frame whose payload is `payload`, without a buffer in between.
    public mutating func writeFrame(
        _ type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, bytes payload: UnsafeRawBufferPointer
    ) {
        writeFrameHeader(type, flags: flags, stream: stream, payloadSize: payload.count)
        writeBytes(payload)
    }

    public mutating func writeFrame(_ frame: Frame) {
        writeFrame(frame.type, flags: frame.flags, stream: frame.stream, payload: frame.payload)
    }

    private mutating func writeFrameHeader(_ type: FrameType, flags: FrameFlags, stream: UInt32, payloadSize: Int) {
        precondition(payloadSize <= Frame.maximumPayload, "frame payload of \(payloadSize) bytes")
        reserveCapacity(minimumWritableBytes: Frame.headerSize + payloadSize)
        writeMultipleIntegers(UInt32(payloadSize + 6), type.rawValue, flags.rawValue, stream)
    }
}

extension ByteBuffer {
    /// Appends one frame with an encoded message.
    public mutating func writeFrame(
        _ type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, bytes payload: [UInt8]
    ) {
        payload.withUnsafeBytes { writeFrame(type, flags: flags, stream: stream, bytes: $0) }
    }
}
