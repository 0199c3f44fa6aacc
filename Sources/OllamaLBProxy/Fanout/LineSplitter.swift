/// Cuts a stream of bytes into its lines. A line of more than 64 KiB is dropped: progress has none.
struct LineSplitter {
    static let limit = 65_536
    private var rest: [UInt8] = []
    private var isDropping = false

    /// The lines that are complete now, without their breaks and without empty ones.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            keep(bytes[start..<end])
            if let line = take() { lines.append(line) }
            start = end + 1
        }
        keep(bytes[start...])
        return lines
    }

    /// What came after the last break, at the end of the stream.
    mutating func finish() -> [UInt8]? { take() }

    private mutating func keep(_ bytes: Slice<UnsafeRawBufferPointer>) {
        guard !isDropping, rest.count + bytes.count <= Self.limit else {
            rest = []
            isDropping = true
            return
        }
        rest.append(contentsOf: bytes)
    }

    private mutating func take() -> [UInt8]? {
        defer {
            rest = []
            isDropping = false
        }
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        return rest.isEmpty ? nil : rest
    }
}
