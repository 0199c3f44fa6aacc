import NIOCore
import Testing

@testable import HTTPFront

@Suite struct ChunkStageTests {
    @Test("what is written between two flushes is one chunk", arguments: [1, 9, 15, 16, 255, 256, 4095, 65536])
    func one(_ size: Int) {
        var stage = ChunkStage()
        for _ in 0..<2 {
            for _ in 0..<size { stage.append(ByteBuffer(integer: UInt8(ascii: "x"))) }
            let expected = String(size, radix: 16) + "\r\n" + String(repeating: "x", count: size) + "\r\n"
            #expect(stage.takeChunk(isLast: false).map { String(buffer: $0) } == expected)
            #expect(stage.takeChunk(isLast: false) == nil)
        }
    }

    @Test("the last chunk rides along, alone if nothing waits")
    func last() {
        var stage = ChunkStage()
        stage.append(ByteBuffer(string: "ab"))
        #expect(stage.takeChunk(isLast: true).map { String(buffer: $0) } == "2\r\nab\r\n0\r\n\r\n")
        #expect(stage.takeChunk(isLast: true).map { String(buffer: $0) } == "0\r\n\r\n")
        #expect(stage.takePlain() == nil)
        stage.append(ByteBuffer(string: "ab"))
        #expect(stage.takePlain().map { String(buffer: $0) } == "ab")
    }

    @Test("a chunk still on its way is not overwritten by the next")
    func shared() {
        var stage = ChunkStage()
        stage.append(ByteBuffer(string: "first"))
        let first = stage.takeChunk(isLast: false)
        stage.append(ByteBuffer(string: "other"))
        #expect(first.map { String(buffer: $0) } == "5\r\nfirst\r\n")
        #expect(stage.takeChunk(isLast: false).map { String(buffer: $0) } == "5\r\nother\r\n")
    }
}
