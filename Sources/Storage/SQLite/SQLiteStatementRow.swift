import GRDBSQLite

/// The row at which a statement stands, read column by column from SQLite itself, without GRDB's value of any type between.
///
/// Only valid until the statement takes its next step.
struct SQLiteStatementRow: SQLRow {
    private let statement: OpaquePointer
    private let count: Int32

    init(_ statement: OpaquePointer) {
        self.statement = statement
        count = sqlite3_column_count(statement)
    }

    func text(_ index: Int) throws -> String {
        guard let text = try optionalText(index) else { throw Self.unexpected("text", at: index) }
        return text
    }

    func optionalText(_ index: Int) throws -> String? {
        try utf8(index).map { String(decoding: $0, as: UTF8.self) }
    }

    func utf8(_ index: Int) throws -> UnsafeBufferPointer<UInt8>? {
        let column = try column(index)
        switch sqlite3_column_type(statement, column) {
        case SQLITE_NULL: return nil
        // Python's drivers leave numbers in text columns now and then; they read them back as text, as SQLite does here.
        case SQLITE_TEXT, SQLITE_INTEGER: return bytes(column)
        default: throw Self.unexpected("text", at: index)
        }
    }

    func integer(_ index: Int) throws -> Int64 {
        guard let integer = try optionalInteger(index) else { throw Self.unexpected("an integer", at: index) }
        return integer
    }

    func optionalInteger(_ index: Int) throws -> Int64? {
        let column = try column(index)
        switch sqlite3_column_type(statement, column) {
        case SQLITE_NULL: return nil
        case SQLITE_INTEGER: return sqlite3_column_int64(statement, column)
        case SQLITE_FLOAT: return Int64(exactly: sqlite3_column_double(statement, column).rounded(.towardZero))
        case SQLITE_TEXT: return Int64(String(decoding: bytes(column), as: UTF8.self))
        default: throw Self.unexpected("an integer", at: index)
        }
    }

    func optionalReal(_ index: Int) throws -> Double? {
        let column = try column(index)
        switch sqlite3_column_type(statement, column) {
        case SQLITE_NULL: return nil
        case SQLITE_INTEGER, SQLITE_FLOAT: return sqlite3_column_double(statement, column)
        case SQLITE_TEXT: return Double(String(decoding: bytes(column), as: UTF8.self))
        default: throw Self.unexpected("a number", at: index)
        }
    }

    /// The text comes before its length: asking for it may change the encoding.
    private func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        let text = sqlite3_column_text(statement, column)
        return UnsafeBufferPointer(start: text, count: text == nil ? 0 : Int(sqlite3_column_bytes(statement, column)))
    }

    private func column(_ index: Int) throws -> Int32 {
        guard index >= 0, index < count else { throw Self.unexpected("a column", at: index) }
        return Int32(index)
    }

    private static func unexpected(_ type: String, at index: Int) -> StorageError {
        .invalidValue("Column \(index) of a row is not \(type).")
    }
}
