/// A value of SQLite as a column of PostgreSQL takes it. SQLite lets any value into any column; what comes of those that do
/// not fit is decided here, once.
struct PostgreSQLValue {
    enum Content {
        case null
        /// The source's own bytes.
        case borrowed(UnsafeRawBufferPointer)
        case owned([UInt8])
    }

    private(set) var content: Content
    /// What was done to it, for people; nil when it is the same value.
    private(set) var change: String?

    /// An entry of an index must fit into a third of a page.
    static let longestIndexed = 2600

    init(_ cell: RowStatement.Cell, for column: PostgreSQLCatalog.Column) {
        switch column.type {
        case .boolean: self = Self.boolean(cell)
        case .integer(let bits): self = Self.integer(cell, bits)
        case .double: self = Self.double(cell)
        case .text: self = Self.text(cell).cut(column)
        case .json: self = Self.json(cell)
        case .timestamp: self = Self.time(cell, \.timestamp)
        case .date: self = Self.time(cell, \.date)
        case .other: self = Self.text(cell)
        }
        if case .null = content, !column.isNullable { self = Self.filled(column, because: change) }
    }

    private init(_ content: Content, change: String? = nil) { (self.content, self.change) = (content, change) }

    private init(_ text: String) { self.init(.owned(Array(text.utf8))) }

    private static var null: PostgreSQLValue { PostgreSQLValue(.null) }

    private static func unfit(_ type: String) -> PostgreSQLValue {
        PostgreSQLValue(.null, change: "no \(type): NULL now")
    }

    private static func filled(_ column: PostgreSQLCatalog.Column, because: String?) -> PostgreSQLValue {
        let text =
            switch column.type {
            case .boolean: "f"
            case .integer, .double: "0"
            case .text, .other: ""
            case .json: "{}"
            case .timestamp: "1970-01-01 00:00:00"
            case .date: "1970-01-01"
            }
        let what = because.map { String($0.prefix { $0 != ":" }) } ?? "NULL"
        return PostgreSQLValue(.owned(Array(text.utf8)), change: "\(what), where a value must be: '\(text)' now")
    }

    // MARK: Types

    private static func boolean(_ cell: RowStatement.Cell) -> PostgreSQLValue {
        switch cell {
        case .null: return .null
        case .integer(let integer): return PostgreSQLValue(integer == 0 ? "f" : "t")
        case .real(let double): return PostgreSQLValue(double == 0 ? "f" : "t")
        case .text(let bytes), .blob(let bytes):
            switch String(decoding: bytes, as: UTF8.self).lowercased() {
            case "1", "t", "true", "yes", "on": return PostgreSQLValue("t")
            case "0", "f", "false", "no", "off": return PostgreSQLValue("f")
            default: return unfit("truth value")
            }
        }
    }

    private static func integer(_ cell: RowStatement.Cell, _ bits: Int) -> PostgreSQLValue {
        let found: Int64?
        switch cell {
        case .null: return .null
        case .integer(let integer): found = integer
        // Python's time.time() has fractions.
        case .real(let double): found = Int64(exactly: double.rounded(.towardZero))
        case .text(let bytes), .blob(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            found =
                Int64(text) ?? Double(text).flatMap { Int64(exactly: $0.rounded(.towardZero)) }
                ?? TimeText(text)?.seconds
        }
        guard let found else { return unfit("integer") }
        let limit = Int64.max >> (64 - bits)
        guard (-limit - 1...limit).contains(found) else { return unfit("integer of \(bits) bits") }
        return PostgreSQLValue(String(found))
    }

    private static func double(_ cell: RowStatement.Cell) -> PostgreSQLValue {
        switch cell {
        case .null: return .null
        case .integer(let integer): return PostgreSQLValue(String(integer))
        case .real(let double): return PostgreSQLValue(text(of: double))
        case .text(let bytes), .blob(let bytes):
            guard let double = Double(String(decoding: bytes, as: UTF8.self)) else { return unfit("number") }
            return PostgreSQLValue(text(of: double))
        }
    }

    /// The shortest text that reads as the same number.
    private static func text(of double: Double) -> String {
        guard double.isInfinite else { return double.isNaN ? "NaN" : "\(double)" }
        return double < 0 ? "-Infinity" : "Infinity"
    }

    private static func time(_ cell: RowStatement.Cell, _ form: (TimeText) -> String) -> PostgreSQLValue {
        let found: TimeText?
        switch cell {
        case .null: return .null
        case .integer(let integer): found = TimeText(seconds: integer)
        case .real(let double): found = TimeText(seconds: double)
        case .text(let bytes), .blob(let bytes): found = TimeText(String(decoding: bytes, as: UTF8.self))
        }
        return found.map { PostgreSQLValue(form($0)) } ?? unfit("time")
    }

    // MARK: Text

    private static func text(_ cell: RowStatement.Cell) -> PostgreSQLValue {
        switch cell {
        case .null: return .null
        case .integer(let integer): return PostgreSQLValue(String(integer))
        case .real(let double): return PostgreSQLValue("\(double)")
        case .text(let bytes), .blob(let bytes):
            let found = TextRepair(bytes)
            if found.isUTF8, !found.hasNUL { return PostgreSQLValue(.borrowed(bytes)) }
            return PostgreSQLValue(
                .owned(TextRepair.mended(bytes)),
                change: found.isUTF8 ? "NUL characters taken out" : "invalid UTF-8 replaced by U+FFFD")
        }
    }

    private static func json(_ cell: RowStatement.Cell) -> PostgreSQLValue {
        // SQLite makes numbers of the documents that look like one.
        if case .real(let double) = cell, !double.isFinite {
            return PostgreSQLValue(.owned(Array("null".utf8)), change: mendedJSON)
        }
        var value = text(cell)
        switch value.content {
        case .null: return value
        case .borrowed(let bytes): value.checkJSON(bytes)
        case .owned(let bytes): bytes.withUnsafeBytes { value.checkJSON($0) }
        }
        return value
    }

    private static let mendedJSON = "JSON mended (NaN, Infinity, \\u0000 or half a surrogate pair)"

    private mutating func checkJSON(_ bytes: UnsafeRawBufferPointer) {
        switch JSONRepair.examine(bytes) {
        case .valid: break
        case .mended(let bytes): (content, change) = (.owned(bytes), Self.mendedJSON)
        case .invalid:
            content = .owned(Self.quoted(bytes))
            change = "no JSON: kept as a JSON string"
        }
    }

    /// As a JSON string (RFC 8259, section 7).
    private static func quoted(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var result = [UInt8(ascii: "\"")]
        result.reserveCapacity(bytes.count + 2)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                result += "\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8
            default: result.append(byte)
            }
        }
        return result + [UInt8(ascii: "\"")]
    }

    /// No longer than the column, or an index on it, takes.
    private func cut(_ column: PostgreSQLCatalog.Column) -> PostgreSQLValue {
        switch content {
        case .null: return self
        case .borrowed(let bytes): return cut(bytes, column) ?? self
        case .owned(let bytes): return bytes.withUnsafeBytes { cut($0, column) } ?? self
        }
    }

    private func cut(_ bytes: UnsafeRawBufferPointer, _ column: PostgreSQLCatalog.Column) -> PostgreSQLValue? {
        let longest = column.isIndexed ? Self.longestIndexed : Int.max
        guard bytes.count > longest || bytes.count > column.maximumLength ?? Int.max else { return nil }
        let kept = TextRepair.prefix(bytes, characters: column.maximumLength ?? Int.max, bytes: longest)
        guard kept.count < bytes.count else { return nil }
        return PostgreSQLValue(.owned(Array(kept)), change: "longer than the column, or an index on it, takes: cut")
    }
}
