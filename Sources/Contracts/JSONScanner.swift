/// Finds where JSON values begin and end, and refuses what is no JSON (RFC 8259): text that passed may be put into
/// another document as it is. Linear, without decoding.
public struct JSONScanner {
    /// No JSON, nested too deep, or broken off.
    public struct Malformed: Error {
        public init() {}
    }

    public static let depthLimit = 128

    private let bytes: UnsafeRawBufferPointer
    public private(set) var position = 0

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Where the value is that begins here, white space around it left out.
    public mutating func value(depth: Int = 0) throws(Malformed) -> Range<Int> {
        guard depth < Self.depthLimit else { throw Malformed() }
        guard let first = peek() else { throw Malformed() }
        let start = position
        switch first {
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "{"): try object { scanner, _ throws(Malformed) in _ = try scanner.value(depth: depth + 1) }
        case UInt8(ascii: "["): try array { scanner throws(Malformed) in _ = try scanner.value(depth: depth + 1) }
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: try number()
        }
        return start..<position
    }

    /// An object; `member` is called at each value, with the range of its name, quotes included, and must take it.
    public mutating func object(
        _ member: (inout JSONScanner, Range<Int>) throws(Malformed) -> Void
    ) throws(Malformed) {
        try expect(UInt8(ascii: "{"))
        if peek() == UInt8(ascii: "}") {
            position += 1
            return
        }
        while true {
            guard peek() == UInt8(ascii: "\"") else { throw Malformed() }
            let start = position
            try string()
            let name = start..<position
            try expect(UInt8(ascii: ":"))
            try member(&self, name)
            if try !another(before: UInt8(ascii: "}")) { return }
        }
    }

    /// An array; `element` is called at each value and must take it.
    public mutating func array(_ element: (inout JSONScanner) throws(Malformed) -> Void) throws(Malformed) {
        try expect(UInt8(ascii: "["))
        if peek() == UInt8(ascii: "]") {
            position += 1
            return
        }
        while true {
            try element(&self)
            if try !another(before: UInt8(ascii: "]")) { return }
        }
    }

    /// - Throws: when there is more than white space.
    public mutating func end() throws(Malformed) { if peek() != nil { throw Malformed() } }

    /// The next byte that is no white space.
    public mutating func peek() -> UInt8? {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
            position += 1
        }
        return nil
    }

    private mutating func another(before end: UInt8) throws(Malformed) -> Bool {
        let next = peek()
        position += 1
        if next == end { return false }
        guard next == UInt8(ascii: ",") else { throw Malformed() }
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(Malformed) {
        guard peek() == byte else { throw Malformed() }
        position += 1
    }

    private mutating func literal(_ text: StaticString) throws(Malformed) {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes.count - position >= expected.count else { throw Malformed() }
        for index in 0..<expected.count where bytes[position + index] != expected[index] { throw Malformed() }
        position += expected.count
    }

    private mutating func string() throws(Malformed) {
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return }
            guard byte >= 0x20 else { throw Malformed() }
            if byte == UInt8(ascii: "\\") { try escape() }
        }
        throw Malformed()
    }

    private mutating func escape() throws(Malformed) {
        guard position < bytes.count else { throw Malformed() }
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "u") {
            for _ in 0..<4 {
                guard position < bytes.count, Self.isHexadecimal(bytes[position]) else { throw Malformed() }
                position += 1
            }
        } else if !"\"\\/bfnrt".utf8.contains(byte) {
            throw Malformed()
        }
    }

    private mutating func number() throws(Malformed) {
        if take(UInt8(ascii: "-")), position == bytes.count { throw Malformed() }
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
    }

    private mutating func digits() throws(Malformed) {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        if position == start { throw Malformed() }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}
