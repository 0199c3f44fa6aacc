/// Reads one JSON text (RFC 8259) in UTF-8. A number with a fraction or an exponent stays a `.number`, so that what is read
/// and written again keeps its type. Of members with one name the last counts.
struct JSONReader {
    /// Deeper texts are refused: each level takes a part of the stack.
    static let depthLimit = 512

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The whole text is one value.
    mutating func document() throws(JSONValue.Malformed) -> JSONValue {
        let value = try value()
        guard peek() == nil else { throw malformed }
        return value
    }

    private var malformed: JSONValue.Malformed { .init(position: position) }

    private mutating func value() throws(JSONValue.Malformed) -> JSONValue {
        switch peek() {
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try array()
        case UInt8(ascii: "\""): .string(try string())
        case UInt8(ascii: "t"): try word("true", .bool(true))
        case UInt8(ascii: "f"): try word("false", .bool(false))
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
    }

    private mutating func object() throws(JSONValue.Malformed) -> JSONValue {
        var members: [String: JSONValue] = [:]
        try enter()
        if peek() == UInt8(ascii: "}") { return leave(.object(members)) }
        while true {
            guard peek() == UInt8(ascii: "\"") else { throw malformed }
            let name = try string()
            guard peek() == UInt8(ascii: ":") else { throw malformed }
            position += 1
            members[name] = try value()
            if try ends(with: UInt8(ascii: "}")) { return leave(.object(members)) }
        }
    }

    private mutating func array() throws(JSONValue.Malformed) -> JSONValue {
        var elements: [JSONValue] = []
        try enter()
        if peek() == UInt8(ascii: "]") { return leave(.array(elements)) }
        while true {
            elements.append(try value())
            if try ends(with: UInt8(ascii: "]")) { return leave(.array(elements)) }
        }
    }

    private mutating func enter() throws(JSONValue.Malformed) {
        guard depth < Self.depthLimit else { throw malformed }
        depth += 1
        position += 1
    }

    private mutating func leave(_ value: JSONValue) -> JSONValue {
        depth -= 1
        position += 1
        return value
    }

    /// After an element: the end, which is left where it is, or a comma, which is not.
    private mutating func ends(with end: UInt8) throws(JSONValue.Malformed) -> Bool {
        switch peek() {
        case end: return true
        case UInt8(ascii: ","):
            position += 1
            return false
        default: throw malformed
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONValue.Malformed) -> JSONValue {
        let isThere = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        guard isThere else { throw malformed }
        position += word.utf8CodeUnitCount
        return value
    }

    /// The next byte that is no white space, which stays the next; nil at the end.
    private mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            case let byte: return byte
            }
        }
        return nil
    }
}

// MARK: Numbers

extension JSONReader {
    private mutating func number() throws(JSONValue.Malformed) -> JSONValue {
        let start = position
        skip(UInt8(ascii: "-"))
        let isZero = skip(UInt8(ascii: "0"))
        if !isZero { try digits() }
        var isWhole = true
        if skip(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            isWhole = false
            if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw malformed }
        return .number(number)
    }

    /// One at least.
    private mutating func digits() throws(JSONValue.Malformed) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position > start else { throw malformed }
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }
}

// MARK: Strings

extension JSONReader {
    private mutating func string() throws(JSONValue.Malformed) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                return try text(bytes[start..<position])
            case UInt8(ascii: "\\"): return try escaped(after: bytes[start..<position])
            case 0..<0x20: throw malformed
            default: position += 1
            }
        }
        throw malformed
    }

    private func text(_ bytes: some Collection<UInt8>) throws(JSONValue.Malformed) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed }
        return text
    }

    /// A string from its first escape on.
    private mutating func escaped(after start: ArraySlice<UInt8>) throws(JSONValue.Malformed) -> String {
        var result = Array(start)
        while position < bytes.count {
            let byte = bytes[position]
            guard byte >= 0x20 else { throw malformed }
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(result)
            case UInt8(ascii: "\\"): try escape(into: &result)
            default: result.append(byte)
            }
        }
        throw malformed
    }

    private mutating func escape(into result: inout [UInt8]) throws(JSONValue.Malformed) {
        guard position < bytes.count else { throw malformed }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0c)
        case UInt8(ascii: "n"): result.append(0x0a)
        case UInt8(ascii: "r"): result.append(0x0d)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"): result.append(contentsOf: String(Character(try scalar())).utf8)
        default: throw malformed
        }
    }

    /// Behind `\u`: four hexadecimal digits, or two times four for what lies above U+FFFF.
    private mutating func scalar() throws(JSONValue.Malformed) -> Unicode.Scalar {
        var code = try hexadecimal()
        if (0xd800..<0xdc00).contains(code) {
            guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else { throw malformed }
            let low = try hexadecimal()
            guard (0xdc00..<0xe000).contains(low) else { throw malformed }
            code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw malformed }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONValue.Malformed) -> UInt32 {
        guard position + 4 <= bytes.count else { throw malformed }
        var code: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw malformed }
            code = code << 4 | UInt32(digit)
        }
        position += 4
        return code
    }
}
