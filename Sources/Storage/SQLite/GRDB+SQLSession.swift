import GRDB

extension GRDB.Database: SQLSession {
    public var dialect: SQLDialect { .sqlite }

    public func rows<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        try all(try cachedStatement(sql: sql), arguments, decode)
    }

    public func rowsOnce<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        try all(try makeStatement(sql: sql), arguments, decode)
    }

    private func all<Value>(
        _ statement: Statement, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        let cursor = try Row.fetchCursor(statement, arguments: Self.bindings(arguments))
        let row = SQLiteStatementRow(statement.sqliteStatement)
        var values: [Value] = []
        while try cursor.next() != nil {
            values.append(try decode(row))
        }
        return values
    }

    public func first<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> Value? {
        let statement = try cachedStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: Self.bindings(arguments))
        return try cursor.next() == nil ? nil : decode(SQLiteStatementRow(statement.sqliteStatement))
    }

    @discardableResult
    public func run(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        let statement = try cachedStatement(sql: sql)
        try statement.execute(arguments: Self.bindings(arguments))
        return changesCount
    }

    private static func bindings(_ arguments: [SQLValue]) throws -> StatementArguments {
        var values: [DatabaseValue] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments {
            values.append(try binding(argument))
        }
        return StatementArguments(values)
    }

    private static func binding(_ argument: SQLValue) throws -> DatabaseValue {
        switch argument {
        case .null: return .null
        case .integer(let integer): return integer.databaseValue
        case .real(let real): return real.databaseValue
        case .text(let text):
            try SQLValue.checkText(text.utf8)
            return text.databaseValue
        }
    }
}
