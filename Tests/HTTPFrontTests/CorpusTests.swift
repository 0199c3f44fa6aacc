import Foundation
import NIOCore
import Testing

@testable import HTTPFront

/// What the fuzzer found worth keeping (Tests/Fuzz).
@Suite struct CorpusTests {
    private static func corpus() throws -> [[UInt8]] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = tests.appendingPathComponent("Fuzz/corpus/http")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .map { try Array(Data(contentsOf: $0)) }
    }

    /// The fuzzer's own limits, which its inputs are made for.
    private static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.requestLine = 200
        limits.headerBytes = 300
        limits.headerLines = 8
        return limits
    }()

    private struct Parsed: Equatable {
        var events: [HTTPRequestParser.Event] = []
        var error: HTTPParseError?

        /// What breaks a limit and another rule may be refused for either: which is seen first depends on the cut.
        func isLike(_ other: Parsed) -> Bool {
            let limits: [HTTPParseError?] = [.requestLineTooLong, .headersTooLarge]
            return events == other.events && (error == nil) == (other.error == nil)
                && (error == other.error || limits.contains(error) || limits.contains(other.error))
        }
    }

    /// The events before the first error, and the error; pieces of a body joined.
    private static func parse(_ bytes: ArraySlice<UInt8>, step: Int) -> Parsed {
        var parser = HTTPRequestParser(limits: limits)
        var buffer = ByteBuffer()
        var parsed = Parsed()
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: step) {
            buffer.writeBytes(bytes[start..<min(start + step, bytes.endIndex)])
            do throws(HTTPParseError) {
                while let event = try parser.next(&buffer) {
                    if case .body(let piece) = event, case .body(var whole) = parsed.events.last {
                        whole.writeImmutableBuffer(piece)
                        parsed.events[parsed.events.count - 1] = .body(whole)
                    } else {
                        parsed.events.append(event)
                    }
                }
            } catch {
                parsed.error = error
                return parsed
            }
        }
        return parsed
    }

    @Test("each input of the fuzzer's corpus is read the same whole and byte by byte")
    func corpus() async throws {
        let corpus = try Self.corpus()
        #expect(!corpus.isEmpty)
        for bytes in corpus {
            // The fuzzer's own first byte says how it cuts.
            let input = bytes.dropFirst()
            #expect(Self.parse(input, step: 1).isLike(Self.parse(input, step: max(1, input.count))))
            await Task.yield()
        }
    }

    @Test("trailers that fill their limit exactly are taken, also when the last line end comes in two pieces")
    func trailersAtTheLimit() {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        let trailer = "A: " + String(repeating: "a", count: Self.limits.headerBytes - 5) + "\r\n"
        let bytes = Array((head + trailer + "\r\n").utf8)[...]
        let whole = Self.parse(bytes, step: bytes.count)
        #expect(whole.error == nil && whole.events.last == .end)
        #expect(Self.parse(bytes, step: 1) == whole)
    }
}
