/// A distinguished name as text (RFC 4514), taken apart.
public struct DistinguishedName: Sendable, Equatable {
    /// One type and its value. Types keep their spelling; they have no case.
    public struct Pair: Sendable, Equatable {
        public var type: String
        public var value: String

        public init(type: String, value: String) {
            self.type = type
            self.value = value
        }
    }

    /// From the entry up to the root; most have one pair.
    public var relativeNames: [[Pair]]

    /// Nil when it is no such name, or a value is no UTF-8 text. Spaces around the separators are allowed, as in older
    /// versions of the standard.
    public init?(_ text: String) {
        relativeNames = []
        guard !text.isEmpty else { return }
        var scanner = Scanner(bytes: Array(text.utf8))
        var name: [Pair] = []
        while true {
            guard let pair = scanner.pair() else { return nil }
            name.append(pair)
            let separator = scanner.next()
            if separator == UInt8(ascii: "+") { continue }
            relativeNames.append(name)
            name = []
            if separator == nil { return }
            guard separator == UInt8(ascii: ",") else { return nil }
        }
    }

    /// The common name (cn, 2.5.4.3) that the entry itself is named by.
    public var commonName: String? {
        relativeNames.first?.first { ["cn", "2.5.4.3"].contains($0.type.lowercased()) }?.value
    }
}

private struct Scanner {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func next() -> UInt8? {
        defer { position += 1 }
        return current
    }

    /// `type=value`, up to the separator or the end.
    mutating func pair() -> DistinguishedName.Pair? {
        skipSpaces()
        let start = position
        while let byte = current, byte != UInt8(ascii: "=") {
            guard byte.isNameByte || byte == UInt8(ascii: " ") else { return nil }
            position += 1
        }
        let type = String(decoding: bytes[start..<position], as: UTF8.self).prefix { $0 != " " }
        guard next() == UInt8(ascii: "="), !type.isEmpty else { return nil }
        skipSpaces()
        guard let value = current == UInt8(ascii: "#") ? encodedValue() : value(),
            let text = String(validating: value, as: UTF8.self)
        else { return nil }
        return DistinguishedName.Pair(type: String(type), value: text)
    }

    /// A string with escapes: `\` and a special character, or two hexadecimal digits for a byte.
    private mutating func value() -> [UInt8]? {
        var value: [UInt8] = []
        // Trailing spaces belong to it only when they were escaped.
        var length = 0
        while let byte = current, byte != UInt8(ascii: ","), byte != UInt8(ascii: "+") {
            position += 1
            switch byte {
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                value.append(escaped)
                length = value.count
            case 0, UInt8(ascii: "\""), UInt8(ascii: ";"), UInt8(ascii: "<"), UInt8(ascii: ">"): return nil
            default:
                value.append(byte)
                if byte != UInt8(ascii: " ") { length = value.count }
            }
        }
        return Array(value.prefix(length))
    }

    private mutating func escape() -> UInt8? {
        guard let first = next() else { return nil }
        if let high = first.hexadecimal {
            guard let low = next()?.hexadecimal else { return nil }
            return high << 4 | low
        }
        return Array(" \"#+,;<=>\\".utf8).contains(first) ? first : nil
    }

    /// `#` and the BER encoding of a string, in hexadecimal digits.
    private mutating func encodedValue() -> [UInt8]? {
        position += 1
        var encoding: [UInt8] = []
        while let high = current?.hexadecimal {
            position += 1
            guard let low = next()?.hexadecimal else { return nil }
            encoding.append(high << 4 | low)
        }
        skipSpaces()
        // Tag, then the length in one byte: below 128, or 81 or 82 and one or two more.
        guard encoding.count >= 2 else { return nil }
        let more = encoding[1] < 0x80 ? 0 : Int(encoding[1] & 0x7f)
        guard encoding[1] < 0x80 || (1...2).contains(more), encoding.count >= 2 + more else { return nil }
        let length = more == 0 ? Int(encoding[1]) : encoding[2..<2 + more].reduce(0) { $0 << 8 | Int($1) }
        return encoding.count == 2 + more + length ? Array(encoding[(2 + more)...]) : nil
    }

    private mutating func skipSpaces() {
        while current == UInt8(ascii: " ") { position += 1 }
    }
}

extension UInt8 {
    fileprivate var isNameByte: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self)
            || [0x2d, 0x2e].contains(self)
    }

    fileprivate var hexadecimal: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }
}
