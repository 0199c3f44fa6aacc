/// Rows in the text form of PostgreSQL's COPY (its manual, "COPY", File Formats): fields between tabs, a row a line.
struct CopyText {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    /// Where a row begins that may be taken back.
    var mark: Int { bytes.count }

    mutating func takeBack(to mark: Int) {
        bytes.removeSubrange(mark...)
        isFirst = true
    }

    mutating func append(_ value: PostgreSQLValue) {
        if !isFirst { bytes.append(UInt8(ascii: "\t")) }
        isFirst = false
        switch value.content {
        case .null: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "N")]
        case .borrowed(let field): escape(field)
        case .owned(let field): field.withUnsafeBytes { escape($0) }
        }
    }

    mutating func endRow() {
        bytes.append(UInt8(ascii: "\n"))
        isFirst = true
    }

    /// Starts anew; what one huge row needed is given back.
    mutating func clear() { bytes.removeAll(keepingCapacity: bytes.capacity < 16 << 20) }

    private mutating func escape(_ field: UnsafeRawBufferPointer) {
        var start = 0
        for (index, byte) in field.enumerated() {
            let letter: UInt8
            switch byte {
            case UInt8(ascii: "\\"): letter = byte
            case UInt8(ascii: "\n"): letter = UInt8(ascii: "n")
            case UInt8(ascii: "\r"): letter = UInt8(ascii: "r")
            case UInt8(ascii: "\t"): letter = UInt8(ascii: "t")
            default: continue
            }
            bytes += field[start..<index]
            bytes += [UInt8(ascii: "\\"), letter]
            start = index + 1
        }
        bytes += field[start...]
    }
}
