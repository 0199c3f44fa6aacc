import NIOCore

/// Keeps the last line of a stream of lines while chunks pass by, without looking at what is in them.
///
/// At most 64 KiB are kept; a longer line is given up (its counters are then not read).
struct LastLine {
    static let limit = 65_536
    private var bytes: [UInt8] = []
    /// The last line so far is longer than the limit: what it says is not known.
    private(set) var isTooLong = false
    /// The stream so far ends with a line break (or is empty).
    private(set) var endsWithBreak = true

    mutating func add(_ chunk: UnsafeRawBufferPointer) {
        guard let last = chunk.last else { return }
        let newline = UInt8(ascii: "\n")
        // A break at the very end closes the last line, it does not begin one.
        var end = chunk.count
        while end > 0, chunk[end - 1] == newline { end -= 1 }
        let start = chunk[..<end].lastIndex(of: newline).map { $0 + 1 } ?? 0
        if start > 0 || endsWithBreak && end > 0 {
            bytes.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        endsWithBreak = last == newline
        guard end > start, !isTooLong else { return }
        guard bytes.count + end - start <= Self.limit else {
            bytes = []
            isTooLong = true
            return
        }
        bytes.append(contentsOf: chunk[start..<end])
    }

    /// The last line so far; empty when it was too long.
    var line: [UInt8] { bytes }
}
