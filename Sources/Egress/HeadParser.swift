/// Collects a response head from the lines that libcurl hands over, one a call; a pure value.
struct HeadParser {
    /// Longer heads are refused.
    static let maxBytes = 128 * 1024

    enum Step {
        case more
        case head(ResponseHead)
        case tooLarge
        case malformed
    }

    private var status = 0
    private var headers: [(String, String)] = []
    private var bytes = 0
    private var isComplete = false

    init() {}

    /// Takes one line, with its line end. An empty one ends the head; what comes after the final head are trailers,
    /// which nobody reads.
    mutating func take(_ line: UnsafeRawBufferPointer) -> Step {
        guard !isComplete else { return .more }
        bytes += line.count
        guard bytes <= Self.maxBytes else { return .tooLarge }
        let text = Self.trimmed(line[...])
        if text.isEmpty { return endOfHead() }
        if status == 0 { return takeStatus(text) }
        takeField(text, isContinuation: line[0] == 32 || line[0] == 9)
        return .more
    }

    private mutating func takeStatus(_ text: Slice<UnsafeRawBufferPointer>) -> Step {
        guard let space = text.firstIndex(of: 32), space + 3 < text.endIndex else { return .malformed }
        for byte in text[(space + 1)...(space + 3)] {
            guard (48...57).contains(byte) else { return .malformed }
            status = status * 10 + Int(byte - 48)
        }
        return status >= 100 ? .more : .malformed
    }

    private mutating func takeField(_ text: Slice<UnsafeRawBufferPointer>, isContinuation: Bool) {
        if isContinuation, let last = headers.indices.last {
            headers[last].1 += " " + String(decoding: text, as: UTF8.self)
            return
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = String(decoding: Self.trimmed(text[..<colon]), as: UTF8.self)
        let value = String(decoding: Self.trimmed(text[(colon + 1)...]), as: UTF8.self)
        headers.append((name, value))
    }

    private mutating func endOfHead() -> Step {
        if (100..<200).contains(status) {
            // We never ask to switch protocols; the other 1xx announce a head that is still to come.
            guard status != 101 else { return .malformed }
            (status, headers) = (0, [])
            return .more
        }
        guard status != 0 else { return .malformed }
        isComplete = true
        return .head(ResponseHead(status: status, headers: headers))
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var slice = bytes
        while let byte = slice.first, isSpace(byte) { slice.removeFirst() }
        while let byte = slice.last, isSpace(byte) { slice.removeLast() }
        return slice
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 || byte == 10 }
}
