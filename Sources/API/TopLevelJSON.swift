/// Reads single members of a JSON object without decoding the rest: what routing needs of a body that only passes
/// through. Linear in its input, no allocation but for the member asked for.
///
/// It checks no more than it must to find its way; the backend is the judge of the document.
struct TopLevelJSON {
    enum Member: Equatable {
        case absent
        case string(String)
        case bool(Bool)
        /// null, a number, an array or an object.
        case other
    }

    /// The document is no JSON object, or breaks off.
    struct Malformed: Error {}

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The members with these names; of several with one name the last counts, as with every decoder here.
    static func members(_ names: [String], of bytes: UnsafeRawBufferPointer) throws(Malformed) -> [Member] {
        var reader = TopLevelJSON(bytes)
        return try reader.read(names)
    }

    private mutating func read(_ names: [String]) throws(Malformed) -> [Member] {
        var found = [Member](repeating: .absent, count: names.count)
        try expect(UInt8(ascii: "{"))
        if peek() == UInt8(ascii: "}") { return found }
        while true {
            let key = try string()
            try expect(UInt8(ascii: ":"))
            if let index = names.firstIndex(where: { Array($0.utf8) == key }) {
                found[index] = try member()
            } else {
                try skipValue()
            }
            switch try next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "}"): return found
            default: throw Malformed()
            }
        }
    }

    private mutating func member() throws(Malformed) -> Member {
        switch peek() {
        case UInt8(ascii: "\""): return .string(String(decoding: try string(), as: UTF8.self))
        case UInt8(ascii: "t"):
            try skipValue()
            return .bool(true)
        case UInt8(ascii: "f"):
            try skipValue()
            return .bool(false)
        default:
            try skipValue()
            return .other
        }
    }

    // MARK: Bytes

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private mutating func peek() -> UInt8? {
        skipSpace()
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func next() throws(Malformed) -> UInt8 {
        guard let byte = peek() else { throw Malformed() }
        position += 1
        return byte
    }

    private mutating func expect(_ byte: UInt8) throws(Malformed) {
        guard try next() == byte else { throw Malformed() }
    }

    /// A string's bytes, escapes undone where they are simple; `\u` is kept for names of models, which have none.
    private mutating func string() throws(Malformed) -> [UInt8] {
        try expect(UInt8(ascii: "\""))
        var result: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return result }
            if byte == UInt8(ascii: "\\") {
                guard position < bytes.count else { throw Malformed() }
                try escape(into: &result)
            } else {
                result.append(byte)
            }
        }
        throw Malformed()
    }

    private mutating func escape(into result: inout [UInt8]) throws(Malformed) {
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): result.append(0x0a)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "r"): result.append(0x0d)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0c)
        case UInt8(ascii: "u"):
            guard position + 4 <= bytes.count,
                let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw Malformed() }
            position += 4
            result.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: result.append(byte)
        }
    }

    private mutating func skipString() throws(Malformed) {
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\") { position += 1 }
        }
        throw Malformed()
    }

    /// Nesting is counted, not followed: depth costs nothing.
    private mutating func skipValue() throws(Malformed) {
        var depth = 0
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                position += 1
                continue
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { throw Malformed() }
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw Malformed() }
                position += 1
                continue
            default: skipScalar()
            }
            if depth == 0 { return }
        }
        throw Malformed()
    }

    private mutating func skipScalar() {
        repeat { position += 1 } while position < bytes.count && !Self.endsScalar(bytes[position])
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"): true
        default: isSpace(byte)
        }
    }
}
