/// Types of PostgreSQL's columns, as far as values change between the engines.
enum PostgreSQLType: Equatable {
    case boolean
    case integer(bits: Int)
    case double
    case text
    case json
    case timestamp
    case date
    case other

    /// - Parameter name: as `pg_type` has it.
    init(name: String) {
        switch name {
        case "bool": self = .boolean
        case "int2": self = .integer(bits: 16)
        case "int4": self = .integer(bits: 32)
        case "int8": self = .integer(bits: 64)
        case "float4", "float8": self = .double
        case "text", "varchar", "bpchar": self = .text
        case "json", "jsonb": self = .json
        case "timestamp", "timestamptz": self = .timestamp
        case "date": self = .date
        default: self = .other
        }
    }

    /// What SQLite keeps for a value of this type, given as the server's text; nil for NULL.
    func cell(_ bytes: UnsafeRawBufferPointer?) -> RowStatement.Cell {
        guard let bytes else { return .null }
        switch self {
        case .boolean: return .integer(bytes.first == UInt8(ascii: "t") ? 1 : 0)
        case .integer:
            return Int64(String(decoding: bytes, as: UTF8.self)).map { .integer($0) } ?? .text(bytes)
        case .double: return Double(String(decoding: bytes, as: UTF8.self)).map { .real($0) } ?? .text(bytes)
        case .text, .json, .timestamp, .date, .other: return .text(bytes)
        }
    }
}

extension PostgreSQLCatalog.Column {
    /// The column in a SELECT, in the form that SQLite keeps. Times have six digits of fractions of a second or none:
    /// SQLAlchemy takes `.5` for five microseconds.
    var selectedForSQLite: String {
        let name = name.quotedName
        guard type == .timestamp else { return name }
        return """
            to_char(\(name), CASE WHEN date_trunc('second', \(name)) = \(name) THEN 'YYYY-MM-DD HH24:MI:SS' \
            ELSE 'YYYY-MM-DD HH24:MI:SS.US' END)
            """
    }
}
