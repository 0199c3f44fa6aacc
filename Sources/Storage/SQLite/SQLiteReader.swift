import GRDB
import GRDBSQLite

/// A read-only connection to a database in WAL mode, with its statements.
///
/// GRDB's pool has such too; what it does around each read (a lock, a queue, the version of the schema) took about 20 µs of
/// CPU, half of a whole request for a session.
///
/// `@unchecked Sendable`: who has taken it out of `SQLiteEngine`'s list is alone with it.
final class SQLiteReader: @unchecked Sendable {
    private let connection: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    /// - Throws: `DatabaseError`.
    init(path: String) throws {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) }
            sqlite3_close_v2(opened)
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
        }
        connection = opened
        sqlite3_extended_result_codes(connection, 1)
        sqlite3_busy_timeout(connection, Int32(SQLiteEngine.busyTimeoutMilliseconds))
        // A name that is none is an error, not a text.
        _disableDoubleQuotedStringLiterals(connection)
        try run("PRAGMA cache_size = -\(SQLiteEngine.cacheKibibytes)", [])
    }

    deinit {
        statements = [:]
        sqlite3_close_v2(connection)
    }

    /// Runs `body` in a read transaction.
    func transaction<Value>(_ body: (SQLiteReader) throws -> Value) throws -> Value {
        try run("BEGIN", [])
        do {
            let value = try body(self)
            try run("COMMIT", [])
            return value
        } catch {
            // Nothing is lost; some errors have ended it already.
            _ = try? run("ROLLBACK", [])
            throw error
        }
    }

    private func statement(_ sql: String, _ arguments: [SQLValue]) throws -> SQLiteStatement {
        let statement = try statements[sql] ?? prepare(sql)
        try statement.bind(arguments)
        return statement
    }

    private func prepare(_ sql: String) throws -> SQLiteStatement {
        let statement = try SQLiteStatement(connection, sql)
        statements[sql] = statement
        return statement
    }
}

extension SQLiteReader: SQLSession {
    var dialect: SQLDialect { .sqlite }

    func rows<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        try all(try statement(sql, arguments), decode)
    }

    func rowsOnce<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        let statement = try SQLiteStatement(connection, sql)
        try statement.bind(arguments)
        return try all(statement, decode)
    }

    private func all<Value>(
        _ statement: SQLiteStatement, _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        defer { statement.reset() }
        let row = SQLiteStatementRow(statement.handle)
        var values: [Value] = []
        while try statement.step() { values.append(try decode(row)) }
        return values
    }

    func first<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> Value? {
        let statement = try statement(sql, arguments)
        defer { statement.reset() }
        return try statement.step() ? decode(SQLiteStatementRow(statement.handle)) : nil
    }

    @discardableResult
    func run(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        let statement = try statement(sql, arguments)
        defer { statement.reset() }
        while try statement.step() {}
        return Int(sqlite3_changes(connection))
    }
}
