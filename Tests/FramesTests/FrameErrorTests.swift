import Frames
import NIOCore
import Testing

@Suite struct FrameErrorTests {
    private static func failure(_ bytes: [UInt8]) -> FrameError? { Decoding(bytes).error }

    @Test("a length above 1 MiB is refused before anything else of the frame has come")
    func tooLong() {
        let most = UInt32(Frame.maximumLength)
        for length in [most + 1, 0x7fff_ffff, 0x8000_0000, .max] {
            let bytes = Array(header(length: length, type: 4, stream: 1).prefix(4))
            #expect(Self.failure(bytes) == .tooLong(length: length))
            #expect(Self.failure(Array(bytes.prefix(3))) == nil)
        }
        #expect(Self.failure(header(length: most, type: 4, stream: 1)) == nil)
    }

    @Test("a length that cannot hold type, flags and stream is refused", arguments: UInt32(0)..<6)
    func tooShort(_ length: UInt32) {
        #expect(Self.failure(Array(header(length: length, type: 4, stream: 1).prefix(4))) == .tooShort(length: length))
    }

    @Test("a type that does not exist is refused as soon as it is seen")
    func unknownType() {
        for type in UInt8.min...UInt8.max where FrameType(rawValue: type) == nil {
            let bytes = header(length: 6, type: type, stream: 0)
            #expect(Self.failure(Array(bytes.prefix(5))) == .unknownType(type))
        }
    }

    @Test("a connection's type on a stream, and a stream's on none, are refused", arguments: FrameType.allCases)
    func wrongStream(_ type: FrameType) {
        let wrong: UInt32 = type.isConnectionLevel ? 3 : 0
        let bytes = header(length: 100, type: type.rawValue, stream: wrong)
        #expect(Self.failure(bytes) == .wrongStream(type: type, stream: wrong))
        #expect(Self.failure(Array(bytes.dropLast())) == nil)
        #expect(Self.failure(header(length: 100, type: type.rawValue, stream: 3 - wrong)) == nil)
    }

    @Test("frames before an error come out; after it the same error does, for ever, whatever comes")
    func sticky() throws {
        let good = Frame(.data, stream: 1, payload: ByteBuffer(string: "good"))
        var decoder = FrameDecoder()
        decoder.append(ByteBuffer(bytes: encoded([good]) + header(length: 6, type: 99, stream: 0)))
        #expect(try decoder.next() == good)
        for _ in 0..<3 {
            #expect(throws: FrameError.unknownType(99)) { try decoder.next() }
            decoder.append(ByteBuffer(bytes: encoded([good])))
            #expect(decoder.leftover.readableBytes == 0, "nothing may pile up after an error")
        }
    }

    @Test("every error's text names what was wrong")
    func texts() {
        #expect(FrameError.tooLong(length: 1_048_577).text == "frame of 1048577 bytes; 1048576 at most")
        #expect(FrameError.tooShort(length: 5).text == "frame length 5; 6 at least")
        #expect(FrameError.unknownType(99).text == "unknown frame type 99")
        #expect(FrameError.wrongStream(type: .goAway, stream: 3).text == "goAway on stream 3")
    }
}
