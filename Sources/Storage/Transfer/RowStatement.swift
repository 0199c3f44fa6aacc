import GRDB
import GRDBSQLite

/// A statement of SQLite whose values are read and bound where they lie: GRDB's rows stop at a NUL, mend what is no UTF-8
/// without a word, and copy each value twice.
struct RowStatement: ~Copyable {
    /// A value of a row. The bytes are valid until the next step.
    enum Cell {
        case null
        case integer(Int64)
        case real(Double)
        case text(UnsafeRawBufferPointer)
        case blob(UnsafeRawBufferPointer)
    }

    private let handle: OpaquePointer

    init(_ sql: String, _ connection: GRDB.Database) throws {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v2(connection.sqliteConnection, sql, -1, &handle, nil)
        guard code == SQLITE_OK, let handle else { throw Self.error(code, connection.sqliteConnection) }
        self.handle = handle
    }

    deinit { sqlite3_finalize(handle) }

    /// Whether there is a row.
    borrowing func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw Self.error(code, sqlite3_db_handle(handle))
        }
    }

    borrowing func cell(_ column: Int) -> Cell {
        let column = Int32(column)
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, column))
        case SQLITE_TEXT:
            // The pointer first: it fixes the encoding that the length is of.
            let start = sqlite3_column_text(handle, column)
            return .text(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(handle, column)
            return .blob(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
        default: return .null
        }
    }

    /// Binds the parameter (from 0). The bytes must stay until the statement has been executed.
    borrowing func bind(_ cell: Cell, at parameter: Int) throws {
        let number = Int32(parameter + 1)
        let code: Int32
        switch cell {
        case .null: code = sqlite3_bind_null(handle, number)
        case .integer(let integer): code = sqlite3_bind_int64(handle, number, integer)
        case .real(let double): code = sqlite3_bind_double(handle, number, double)
        case .text(let bytes):
            let start = bytes.bindMemory(to: CChar.self).baseAddress
            // NULL would bind NULL.
            code =
                start == nil
                ? sqlite3_bind_text(handle, number, "", 0, Self.transient)
                : sqlite3_bind_text64(handle, number, start, UInt64(bytes.count), nil, UInt8(SQLITE_UTF8))
        case .blob(let bytes): code = sqlite3_bind_blob64(handle, number, bytes.baseAddress, UInt64(bytes.count), nil)
        }
        guard code == SQLITE_OK else { throw Self.error(code, sqlite3_db_handle(handle)) }
    }

    /// Executes a statement that answers nothing, and makes it ready for the next arguments.
    borrowing func execute() throws {
        _ = try step()
        sqlite3_reset(handle)
    }

    /// SQLITE_TRANSIENT, a macro that Swift does not import.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private static func error(_ code: Int32, _ connection: OpaquePointer?) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code), message: sqlite3_errmsg(connection).map { String(cString: $0) })
    }
}
