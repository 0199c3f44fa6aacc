import Testing

@testable import OllamaLBProxy

@Suite struct LastLineTests {
    /// The last line of the whole stream: what every way to cut it must come to.
    static func expected(_ stream: [UInt8]) -> [UInt8] {
        var rest = stream[...]
        while rest.last == 10 { rest.removeLast() }
        let line = rest.lastIndex(of: 10).map { rest[($0 + 1)...] } ?? rest
        return line.count > LastLine.limit ? [] : Array(line)
    }

    static func read(_ stream: [UInt8], cuts: [Int]) -> LastLine {
        var last = LastLine()
        var start = 0
        for cut in cuts + [stream.count] {
            stream[start..<cut].withUnsafeBytes { last.add($0) }
            start = cut
        }
        return last
    }

    private func check(_ stream: [UInt8], _ cuts: [Int]) {
        let last = Self.read(stream, cuts: cuts)
        // One plain condition: an expectation would describe every byte.
        let isRight = last.line == Self.expected(stream) && last.endsWithBreak == (stream.last ?? 10 == 10)
        #expect(isRight, "cut at \(cuts)")
    }

    static let streams = [
        "", "\n", "\n\n\n", "a", "a\n", "a\n\n", "\na", "\n\na\n", "one\ntwo\nthree", "one\ntwo\nthree\n",
        "one\n\n\nthree",
        "{\"done\":false}\n{\"done\":true,\"eval_count\":7}\n", "{\"done\":false}\r\n{\"done\":true}\r\n",
        "é\n👩‍👩‍👧\n\u{2028}x",
        "data: {\"a\":1}\n\ndata: [DONE]\n\n",
    ]

    @Test("the last line is the same on every split of a stream in three", arguments: streams)
    func everySplit(_ text: String) {
        let stream = Array(text.utf8)
        for first in 0...stream.count {
            for second in first...stream.count { check(stream, [first, second]) }
        }
        check(stream, Array(0..<stream.count))
    }

    @Test("what the last lines are")
    func lines() {
        let lines = Self.streams.map { String(decoding: Self.read(Array($0.utf8), cuts: []).line, as: UTF8.self) }
        #expect(
            lines == [
                "", "", "", "a", "a", "a", "a", "a", "three", "three", "three", "{\"done\":true,\"eval_count\":7}",
                "{\"done\":true}\r", "\u{2028}x", "data: [DONE]",
            ])
    }

    @Test("a line of the limit is kept, a longer one is given up and known to be", arguments: [-1, 0, 1, 40_000])
    func limit(_ excess: Int) {
        let long = [UInt8](repeating: 120, count: LastLine.limit + excess)
        let stream = Array("first\n".utf8) + long
        for cuts in [[], [1], [6], [7], [3, 60_000], [6, 65_541, 65_541], [65_000, stream.count - 1]] {
            check(stream, cuts)
            #expect(Self.read(stream, cuts: cuts).isTooLong == (excess > 0))
            check(stream + [10], cuts + [stream.count])
        }
    }

    @Test("after a line that was too long the next is read again")
    func afterLong() {
        let long = [UInt8](repeating: 120, count: LastLine.limit * 2)
        for tail in ["\nlast", "\nlast\n", "\n\nlast\n"] {
            let stream = long + Array(tail.utf8)
            for cut in stream.count - 8...stream.count { check(stream, [70_000, cut]) }
            check(stream, [])
            #expect(!Self.read(stream, cuts: [70_000]).isTooLong)
        }
    }

    @Test("random streams, cut at random, come to the same")
    func random() async {
        var generator = SeededGenerator(state: 21)
        for _ in 0..<2000 {
            let count = Int.random(in: 0..<60, using: &generator)
            let stream = (0..<count).map { _ in [10, 10, 97, 98, 13].randomElement(using: &generator) ?? UInt8(0) }
            let cuts = (0..<Int.random(in: 0..<6, using: &generator))
                .map { _ in Int.random(in: 0...count, using: &generator) }.sorted()
            check(stream, cuts)
        }
    }

    @Test("of a very long stream no more than the limit is kept")
    func bounded() {
        var last = LastLine()
        let chunk = [UInt8](repeating: 120, count: 10_000)
        for _ in 0..<1000 {
            chunk.withUnsafeBytes { last.add($0) }
            #expect(last.line.count <= LastLine.limit)
        }
        #expect(last.line.isEmpty && last.isTooLong && !last.endsWithBreak)
    }
}
