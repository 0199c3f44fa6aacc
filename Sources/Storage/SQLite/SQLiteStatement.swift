import GRDB
import GRDBSQLite

/// A prepared statement of a `SQLiteReader`, which outlives it.
final class SQLiteStatement {
    /// The texts that are bound may go before the statement runs: SQLite copies them.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    let handle: OpaquePointer
    private let connection: OpaquePointer
    private let sql: String

    /// - Throws: `DatabaseError`.
    init(_ connection: OpaquePointer, _ sql: String) throws {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw Self.failure(code, connection, sql) }
        handle = statement
        self.connection = connection
        self.sql = sql
    }

    deinit { sqlite3_finalize(handle) }

    /// - Throws: `StorageError`, `DatabaseError`.
    func bind(_ arguments: [SQLValue]) throws {
        let wanted = sqlite3_bind_parameter_count(handle)
        guard Int(wanted) == arguments.count else {
            throw StorageError(
                .other, "A statement has \(wanted) parameters but \(arguments.count) arguments.", advice: "")
        }
        for (index, argument) in arguments.enumerated() {
            let code = try bind(argument, at: Int32(index) + 1)
            guard code == SQLITE_OK else { throw Self.failure(code, connection, sql) }
        }
    }

    private func bind(_ argument: SQLValue, at position: Int32) throws -> Int32 {
        switch argument {
        case .null: return sqlite3_bind_null(handle, position)
        case .integer(let integer): return sqlite3_bind_int64(handle, position, integer)
        case .real(let real): return sqlite3_bind_double(handle, position, real)
        case .text(var text):
            return try text.withUTF8 { utf8 in
                try SQLValue.checkText(utf8)
                return utf8.withMemoryRebound(to: CChar.self) { text in
                    // Without an address it would be NULL.
                    guard let start = text.baseAddress else {
                        return sqlite3_bind_text(handle, position, "", 0, Self.transient)
                    }
                    return sqlite3_bind_text(handle, position, start, Int32(clamping: text.count), Self.transient)
                }
            }
        }
    }

    /// Whether there is a next row.
    /// - Throws: `DatabaseError`.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw Self.failure(code, connection, sql)
        }
    }

    /// Its row is gone, and it may run again.
    func reset() { sqlite3_reset(handle) }

    private static func failure(_ code: Int32, _ connection: OpaquePointer, _ sql: String) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)), sql: sql)
    }
}
