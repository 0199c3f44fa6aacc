import Foundation
import Frames
import Testing

/// What the fuzzer found worth keeping (Tests/Fuzz).
@Suite struct CorpusTests {
    private static func corpus() throws -> [[UInt8]] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = tests.appendingPathComponent("Fuzz/corpus/frames")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .map { try Array(Data(contentsOf: $0)) }
    }

    @Test("each input of the fuzzer's corpus decodes the same whole and byte by byte")
    func corpus() async throws {
        let corpus = try Self.corpus()
        #expect(!corpus.isEmpty)
        for bytes in corpus {
            #expect(Decoding.byteByByte(bytes) == Decoding(bytes))
            // The fuzzer's own first byte says how it cuts; without it the rest begins with a frame.
            let rest = Array(bytes.dropFirst())
            #expect(Decoding.byteByByte(rest) == Decoding(rest))
            await Task.yield()
        }
    }
}
