/// Looks whether bytes are JSON (RFC 8259) as PostgreSQL takes it, and mends what its neighbours let pass.
///
/// Mended are, by what other programs write: `NaN`, `Infinity` and `-Infinity` become null (Python), `\u0000` goes
/// (PostgreSQL stores it, but cannot read it again), half a surrogate pair becomes U+FFFD. The bytes are UTF-8.
struct JSONRepair {
    enum Finding: Equatable {
        case valid
        case mended([UInt8])
        case invalid
    }

    /// How deep it may be nested; Python reads about as deep.
    static let deepest = 1000

    private enum Expected {
        case value, valueOrEnd, key, keyOrEnd, commaOrEnd
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var edits: [(range: Range<Int>, text: StaticString)] = []
    /// The brackets that close what is open.
    private var closers: [UInt8] = []

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    static func examine(_ bytes: UnsafeRawBufferPointer) -> Finding {
        var repair = JSONRepair(bytes)
        guard repair.document() else { return .invalid }
        return repair.edits.isEmpty ? .valid : .mended(repair.mended())
    }

    private func mended() -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var start = 0
        for edit in edits {
            result += bytes[start..<edit.range.lowerBound]
            edit.text.withUTF8Buffer { result += $0 }
            start = edit.range.upperBound
        }
        result += bytes[start...]
        return result
    }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func document() -> Bool {
        var expected = Expected.value
        while true {
            while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
            if expected == .commaOrEnd, closers.isEmpty { return position == bytes.count }
            guard let byte else { return false }
            if expected != .value, expected != .key, byte == closers.last {
                closers.removeLast()
                position += 1
                expected = .commaOrEnd
                continue
            }
            guard let next = step(expected, byte) else { return false }
            expected = next
        }
    }

    /// Nil: this is no JSON.
    private mutating func step(_ expected: Expected, _ byte: UInt8) -> Expected? {
        switch expected {
        case .commaOrEnd:
            guard byte == UInt8(ascii: ",") else { return nil }
            position += 1
            return closers.last == UInt8(ascii: "}") ? .key : .value
        case .key, .keyOrEnd:
            guard byte == UInt8(ascii: "\""), string() else { return nil }
            while let byte = self.byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
            guard self.byte == UInt8(ascii: ":") else { return nil }
            position += 1
            return .value
        case .value, .valueOrEnd: return value(byte)
        }
    }

    private mutating func value(_ byte: UInt8) -> Expected? {
        switch byte {
        case UInt8(ascii: "{"): return open(UInt8(ascii: "}"), .keyOrEnd)
        case UInt8(ascii: "["): return open(UInt8(ascii: "]"), .valueOrEnd)
        case UInt8(ascii: "\""): return string() ? .commaOrEnd : nil
        case UInt8(ascii: "t"): return literal("true") ? .commaOrEnd : nil
        case UInt8(ascii: "f"): return literal("false") ? .commaOrEnd : nil
        case UInt8(ascii: "n"): return literal("null") ? .commaOrEnd : nil
        case UInt8(ascii: "N"): return noNumber("NaN") ? .commaOrEnd : nil
        case UInt8(ascii: "I"): return noNumber("Infinity") ? .commaOrEnd : nil
        default: return noNumber("-Infinity") || number() ? .commaOrEnd : nil
        }
    }

    private mutating func open(_ closer: UInt8, _ next: Expected) -> Expected? {
        guard closers.count < Self.deepest else { return nil }
        closers.append(closer)
        position += 1
        return next
    }

    private mutating func literal(_ text: StaticString) -> Bool {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count, text.withUTF8Buffer({ bytes[position..<end].elementsEqual($0) }) else { return false }
        position = end
        return true
    }

    private mutating func noNumber(_ text: StaticString) -> Bool {
        let start = position
        guard literal(text) else { return false }
        edits.append((start..<position, "null"))
        return true
    }

    private mutating func number() -> Bool {
        if byte == UInt8(ascii: "-") { position += 1 }
        if byte == UInt8(ascii: "0") { position += 1 } else if !digits() { return false }
        if byte == UInt8(ascii: ".") {
            position += 1
            if !digits() { return false }
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            position += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
            return digits()
        }
        return true
    }

    /// One at least.
    private mutating func digits() -> Bool {
        let start = position
        while let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    // MARK: Strings

    private mutating func string() -> Bool {
        position += 1
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return true
            case UInt8(ascii: "\\"): if !escape() { return false }
            case 0..<0x20: return false
            default: position += 1
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard position + 1 < bytes.count else { return false }
        switch bytes[position + 1] {
        case UInt8(ascii: "u"): return unicodeEscape()
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
            return true
        default: return false
        }
    }

    private mutating func unicodeEscape() -> Bool {
        guard let unit = unit(at: position) else { return false }
        switch unit {
        case 0: edits.append((position..<position + 6, ""))
        case 0xD800...0xDBFF:
            if let low = self.unit(at: position + 6), (0xDC00...0xDFFF).contains(low) {
                position += 6
            } else {
                edits.append((position..<position + 6, "\\ufffd"))
            }
        case 0xDC00...0xDFFF: edits.append((position..<position + 6, "\\ufffd"))
        default: break
        }
        position += 6
        return true
    }

    /// The code unit of an escape `\uXXXX` that begins there.
    private func unit(at start: Int) -> UInt16? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        let digits = bytes[(start + 2)..<(start + 6)]
        guard digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
