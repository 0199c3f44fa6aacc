import Frames
import NIOCore
import Testing

@Suite struct CodecTests {
    @Test("a frame of every type is what it was after encoding and decoding", arguments: everyFrame)
    func roundTrip(_ frame: Frame) {
        #expect(Decoding(encoded([frame])) == Decoding(frames: [frame]))
    }

    @Test("the bytes of a frame are length, type, flags, stream, payload, big-endian")
    func layout() {
        let frame = Frame(.data, flags: .finished, stream: 0x0102_0304, payload: ByteBuffer(string: "ab"))
        #expect(encoded([frame]) == [0, 0, 0, 8, 4, 1, 1, 2, 3, 4, 0x61, 0x62])
        #expect(encoded([Frame(.hello)]) == [0, 0, 0, 6, 1, 0, 0, 0, 0, 0])
    }

    @Test("the ways to write a frame give the same bytes")
    func writers() {
        let payload = Array("some payload".utf8)
        var whole = ByteBuffer()
        var pieces = ByteBuffer()
        whole.writeFrame(Frame(.head, stream: 7, payload: ByteBuffer(bytes: payload)))
        pieces.writeFrame(.head, stream: 7, bytes: payload)
        #expect(whole == pieces)
        payload.withUnsafeBytes { pieces.writeFrame(.head, stream: 7, bytes: $0) }
        whole.writeFrame(.head, stream: 7, payload: ByteBuffer(bytes: payload))
        #expect(whole == pieces)
    }

    @Test("every split of the input into two, and into single bytes, gives the same frames")
    func splits() async {
        let bytes = encoded(everyFrame)
        let whole = Decoding(bytes)
        #expect(whole == Decoding(frames: everyFrame))
        for cut in 0...bytes.count {
            #expect(Decoding(bytes, cuts: [cut]) == whole)
            await Task.yield()
        }
        #expect(Decoding.byteByByte(bytes) == whole)
    }

    @Test("every split into three gives the same frames")
    func threePieces() async {
        let frames = [Frame(.ping, payload: ByteBuffer(integer: 1)), Frame(.data, stream: 2), Frame(.end, stream: 3)]
        let bytes = encoded(frames)
        for first in 0...bytes.count {
            for second in first...bytes.count { #expect(Decoding(bytes, cuts: [first, second]).frames == frames) }
            await Task.yield()
        }
    }

    @Test("the longest payload passes, in pieces too")
    func longest() {
        let payload = ByteBuffer(repeating: 0x2a, count: Frame.maximumPayload)
        let frames = [Frame(.data, stream: 1, payload: payload), Frame(.end, stream: 1)]
        let bytes = encoded(frames)
        #expect(Decoding(bytes).frames == frames)
        #expect(Decoding(bytes, cuts: Array(stride(from: 0, to: bytes.count, by: 65_536))).frames == frames)
    }

    @Test("an unfinished frame is left over, and nothing of the finished ones")
    func leftover() throws {
        let bytes = encoded([Frame(.data, stream: 1, payload: ByteBuffer(string: "abc")), Frame(.end, stream: 1)])
        var decoder = FrameDecoder()
        decoder.append(ByteBuffer(bytes: bytes.dropLast()))
        #expect(try decoder.next()?.type == .data)
        #expect(try decoder.next() == nil)
        #expect(Array(decoder.leftover.readableBytesView) == Array(bytes[13..<bytes.count - 1]))
        decoder.append(ByteBuffer(bytes: bytes.suffix(1)))
        #expect(try decoder.next()?.type == .end)
        #expect(decoder.leftover.readableBytes == 0)
    }

    @Test("flags that nobody knows yet are kept, not refused")
    func unknownFlags() {
        let frame = Frame(.data, flags: FrameFlags(rawValue: 0xfe), stream: 1)
        #expect(Decoding(encoded([frame])).frames == [frame])
        #expect(!frame.flags.contains(.finished))
    }
}

extension Decoding {
    init(frames: [Frame], error: FrameError? = nil) {
        self.init([])
        self.frames = frames
        self.error = error
    }
}
