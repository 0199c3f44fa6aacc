import Frames
import NIOCore

/// What a decoder makes of bytes: the frames before its first error, and the error.
struct Decoding: Equatable {
    var frames: [Frame] = []
    var error: FrameError?

    /// `cuts`: where a piece ends; the rest is the last piece.
    init(_ bytes: [UInt8], cuts: [Int] = []) {
        var decoder = FrameDecoder()
        var start = 0
        for cut in cuts + [bytes.count] {
            decoder.append(ByteBuffer(bytes: bytes[start..<cut]))
            start = cut
            do throws(FrameError) {
                while let frame = try decoder.next() { frames.append(frame) }
            } catch {
                self.error = error
                return
            }
        }
    }

    static func byteByByte(_ bytes: [UInt8]) -> Decoding { Decoding(bytes, cuts: Array(0..<bytes.count)) }
}

/// A frame of every type, with and without payload and flags.
let everyFrame: [Frame] = FrameType.allCases.flatMap { type in
    let stream: UInt32 = type.isConnectionLevel ? 0 : 0x0102_0304
    return [
        Frame(type, stream: stream),
        Frame(type, flags: .finished, stream: stream, payload: ByteBuffer(string: "payload of \(type)")),
        Frame(type, flags: FrameFlags(rawValue: 0xff), stream: stream, payload: ByteBuffer(bytes: [0])),
    ]
}

func encoded(_ frames: [Frame]) -> [UInt8] {
    var buffer = ByteBuffer()
    for frame in frames { buffer.writeFrame(frame) }
    return Array(buffer.readableBytesView)
}

/// A header alone, as no encoder would write it.
func header(length: UInt32, type: UInt8, flags: UInt8 = 0, stream: UInt32) -> [UInt8] {
    var buffer = ByteBuffer()
    buffer.writeMultipleIntegers(length, type, flags, stream)
    return Array(buffer.readableBytesView)
}
