/// Finds its way through JSON bytes without decoding them: where members, elements and texts begin and end. Linear in
/// its input; nesting is counted, not followed.
///
/// It checks no more than it must. What is cut out and passed on stays exactly what it was, so the receiver is the
/// judge of it; only texts are checked, for control characters and escapes, so that none breaks what it is put into.
struct JSONCursor {
    /// No JSON, or it breaks off.
    struct Malformed: Error {}

    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    private let end: Int

    init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>? = nil) {
        self.bytes = bytes
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// The next byte that is no space; nil at the end.
    mutating func peek() -> UInt8? {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0a, 0x0d, 0x09: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    mutating func next() throws(Malformed) -> UInt8 {
        guard let byte = peek() else { throw Malformed() }
        position += 1
        return byte
    }

    mutating func expect(_ byte: UInt8) throws(Malformed) {
        guard try next() == byte else { throw Malformed() }
    }

    /// Nothing but spaces is left.
    mutating func expectEnd() throws(Malformed) {
        guard peek() == nil else { throw Malformed() }
    }

    /// A text with its quotes.
    mutating func string() throws(Malformed) -> Range<Int> {
        try expect(UInt8(ascii: "\""))
        let start = position - 1
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return start..<position }
            if byte == UInt8(ascii: "\\") { try skipEscape() }
            if byte < 0x20 { throw Malformed() }
        }
        throw Malformed()
    }

    private mutating func skipEscape() throws(Malformed) {
        guard position < end else { throw Malformed() }
        switch bytes[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            guard position + 5 <= end, bytes[position + 1..<position + 5].allSatisfy(Self.isHexadecimal) else {
                throw Malformed()
            }
            position += 5
        default: throw Malformed()
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }

    /// Any value.
    mutating func value() throws(Malformed) -> Range<Int> {
        guard let first = peek() else { throw Malformed() }
        let start = position
        switch first {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "{"), UInt8(ascii: "["): try skipNested()
        case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "}"), UInt8(ascii: "]"): throw Malformed()
        default: skipScalar()
        }
        return start..<position
    }

    private mutating func skipNested() throws(Malformed) {
        var depth = 0
        repeat {
            switch peek() {
            case nil: throw Malformed()
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): position += 1
            default: skipScalar()
            }
        } while depth > 0
    }

    private mutating func skipScalar() {
        repeat { position += 1 } while position < end && !Self.endsScalar(bytes[position])
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: "\""): true
        case 0x20, 0x0a, 0x0d, 0x09: true
        default: false
        }
    }

    // MARK: Members and elements

    /// Calls `body` with each member of the object that comes next: the key with its quotes, and where the value is.
    mutating func object(
        _ body: (_ key: Range<Int>, _ value: Range<Int>) throws(Malformed) -> Void
    ) throws(Malformed) {
        try expect(UInt8(ascii: "{"))
        if peek() == UInt8(ascii: "}") {
            position += 1
            return
        }
        while true {
            let key = try string()
            try expect(UInt8(ascii: ":"))
            try body(key, try value())
            switch try next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "}"): return
            default: throw Malformed()
            }
        }
    }

    /// Calls `body` with each element of the array that comes next.
    mutating func array(_ body: (_ element: Range<Int>) throws(Malformed) -> Void) throws(Malformed) {
        try expect(UInt8(ascii: "["))
        if peek() == UInt8(ascii: "]") {
            position += 1
            return
        }
        while true {
            try body(try value())
            switch try next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "]"): return
            default: throw Malformed()
            }
        }
    }

    /// Whether the text at `range`, quotes included, is this one, spelt without escapes.
    func isText(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount + 2 else { return false }
        return UnsafeRawBufferPointer(rebasing: bytes[range.lowerBound + 1..<range.upperBound - 1])
            .elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
