import Contracts
import Frames
import NIOCore
import SwiftProtobuf

@testable import Link

extension ByteBuffer {
    static func frame(
        _ type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, _ message: some Message
    ) throws -> ByteBuffer {
        frame(type, flags: flags, stream: stream, bytes: try message.serializedBytes())
    }

    static func frame(
        _ type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, bytes: [UInt8] = []
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeFrame(type, flags: flags, stream: stream, bytes: bytes)
        return buffer
    }

    static func hello(window: UInt32 = LinkProtocol.initialWindow) throws -> ByteBuffer {
        try frame(.hello, SessionConfiguration(role: "raw", window: window).hello)
    }

    static func open(_ method: String, stream: UInt32, finished: Bool = true) throws -> ByteBuffer {
        try frame(.open, flags: finished ? .finished : [], stream: stream, WireOpen.named(method))
    }

    static func window(_ grant: UInt32, stream: UInt32) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeFrame(.window, stream: stream, payload: ByteBuffer(integer: grant))
        return buffer
    }

    static func data(_ count: Int, stream: UInt32, finished: Bool = false) -> ByteBuffer {
        frame(.data, flags: finished ? .finished : [], stream: stream, bytes: [UInt8](repeating: 0, count: count))
    }

    static func + (left: ByteBuffer, right: ByteBuffer) -> ByteBuffer {
        var sum = left
        sum.writeImmutableBuffer(right)
        return sum
    }
}
