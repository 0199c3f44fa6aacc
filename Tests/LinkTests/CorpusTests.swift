import Foundation
import NIOCore
import Testing

@testable import Link

/// What the fuzzer found worth keeping (Tests/Fuzz).
@Suite struct CorpusTests {
    private static func corpus() throws -> [[UInt8]] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = tests.appendingPathComponent("Fuzz/corpus/frames")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .map { try Array(Data(contentsOf: $0)) }
    }

    private struct Course: Equatable {
        var seen: [Seen] = []
        var violation: ProtocolViolation?
    }

    /// What a session sees until its first violation, when the bytes come in pieces of `step`.
    private static func course(_ bytes: [UInt8], step: Int, side: SessionSide) throws -> Course {
        var session = Session<String>(side: side, configuration: SessionConfiguration(role: "tested"))
        var course = Course()
        _ = try session.open(.named("own"), finished: false, handler: "own")
        for start in stride(from: 0, to: bytes.count, by: step) {
            session.receive(ByteBuffer(bytes: bytes[start..<min(start + step, bytes.count)]))
            do throws(ProtocolViolation) {
                while let event = try session.next() {
                    if case .opened(let stream, _, _) = event { session.attach(stream, "served \(stream)") }
                    course.seen.append(Seen(event))
                }
            } catch {
                course.violation = error
                return course
            }
        }
        return course
    }

    @Test(
        "each input of the fuzzer's corpus is the same course of events whole and byte by byte",
        arguments: [SessionSide.initiator, .acceptor])
    func corpus(_ side: SessionSide) async throws {
        let corpus = try Self.corpus()
        #expect(!corpus.isEmpty)
        let hello = Array(try ByteBuffer.hello().readableBytesView)
        for input in corpus {
            // The fuzzer's own first byte says how it cuts.
            let bytes = Array(input.dropFirst())
            for all in [bytes, hello + bytes] where !all.isEmpty {
                let whole = try Self.course(all, step: all.count, side: side)
                #expect(try Self.course(all, step: 1, side: side) == whole)
            }
            await Task.yield()
        }
    }
}
