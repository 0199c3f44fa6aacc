import NIOCore

/// Keeps the last line of a stream of lines while chunks pass by, without looking at what is in them; on demand also the
/// line before it (of an event stream the last says only `[DONE]`). Empty lines do not count.
///
/// At most 64 KiB of a line are kept; a longer one is given up (its counters are then not read).
struct LastLine {
    static let limit = 65_536
    private let keepsBefore: Bool
    private var bytes: [UInt8] = []
    private var before: [UInt8] = []
    /// The last line so far is longer than the limit: what it says is not known.
    private(set) var isTooLong = false
    /// The stream so far ends with a line break (or is empty).
    private(set) var endsWithBreak = true

    init(keepsBefore: Bool = false) { self.keepsBefore = keepsBefore }

    mutating func add(_ chunk: UnsafeRawBufferPointer) {
        guard let last = chunk.last else { return }
        // A break at the very end closes the last line, it does not begin one.
        let end = Self.end(chunk, chunk.count)
        let start = Self.start(chunk, end)
        if start > 0 || endsWithBreak && end > 0 {
            if keepsBefore { closeLine(chunk, start) }
            bytes.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        endsWithBreak = last == Self.newline
        append(chunk, start, end)
    }

    private mutating func append(_ chunk: UnsafeRawBufferPointer, _ start: Int, _ end: Int) {
        guard end > start, !isTooLong else { return }
        guard bytes.count + end - start <= Self.limit else {
            bytes = []
            isTooLong = true
            return
        }
        bytes.append(contentsOf: chunk[start..<end])
    }

    /// A new line begins at `start`: what came before it, here and in earlier chunks, is the line before.
    private mutating func closeLine(_ chunk: UnsafeRawBufferPointer, _ start: Int) {
        let end = Self.end(chunk, start)
        if end > 0 {
            let first = Self.start(chunk, end)
            if first > 0 || endsWithBreak {
                bytes.removeAll(keepingCapacity: true)
                isTooLong = false
            }
            append(chunk, first, end)
        }
        swap(&bytes, &before)
    }

    private static let newline = UInt8(ascii: "\n")

    private static func end(_ chunk: UnsafeRawBufferPointer, _ limit: Int) -> Int {
        var end = limit
        while end > 0, chunk[end - 1] == newline { end -= 1 }
        return end
    }

    private static func start(_ chunk: UnsafeRawBufferPointer, _ end: Int) -> Int {
        chunk[..<end].lastIndex(of: newline).map { $0 + 1 } ?? 0
    }

    /// The last line so far; empty when it was too long.
    var line: [UInt8] { bytes }

    private static let done = Array("data: [DONE]".utf8)
    private static let shortDone = Array("data:[DONE]".utf8)

    /// An event stream of the OpenAI kind that has ended as it must.
    var isDone: Bool {
        let line = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes[...]
        return line.elementsEqual(Self.done) || line.elementsEqual(Self.shortDone)
    }

    /// The last line that can have counters.
    var telling: [UInt8] { keepsBefore && isDone ? before : bytes }
}
