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
        var values: [Value] = []
        while let row = try cursor.next() {
            values.append(try decode(row))
        }
        return values
    }

    public func first<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> Value? {
        let statement = try cachedStatement(sql: sql)
        let cursor = try Row.fetchCursor(statement, arguments: Self.bindings(arguments))
        return try cursor.next().map(decode)
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
            // SQLite would bind the text up to the NUL, and so find or store another value than the one given.
            if text.utf8.contains(0) { throw StorageError.invalidValue("A text holds a NUL character.") }
            return text.databaseValue
        }
    }
}

extension Row: SQLRow {
    public func text(_ index: Int) throws -> String {
        guard let text = try optionalText(index) else { throw Self.unexpected("text", at: index) }
        return text
    }

    public func optionalText(_ index: Int) throws -> String? {
        switch try value(index).storage {
        case .null: return nil
        case .string(let text): return text
        // Python's drivers leave numbers in text columns now and then; they read them back as text.
        case .int64(let integer): return String(integer)
        case .double, .blob: throw Self.unexpected("text", at: index)
        }
    }

    public func integer(_ index: Int) throws -> Int64 {
        guard let integer = try optionalInteger(index) else { throw Self.unexpected("an integer", at: index) }
        return integer
    }

    public func optionalInteger(_ index: Int) throws -> Int64? {
        switch try value(index).storage {
        case .null: return nil
        case .int64(let integer): return integer
        case .double(let double): return Int64(exactly: double.rounded(.towardZero))
        case .string(let text): return Int64(text)
        case .blob: throw Self.unexpected("an integer", at: index)
        }
    }

    public func optionalReal(_ index: Int) throws -> Double? {
        switch try value(index).storage {
        case .null: return nil
        case .int64(let integer): return Double(integer)
        case .double(let double): return double
        case .string(let text): return Double(text)
        case .blob: throw Self.unexpected("a number", at: index)
        }
    }

    private func value(_ index: Int) throws -> DatabaseValue {
        guard index >= 0, index < count else { throw Self.unexpected("a column", at: index) }
        return self[index]
    }

    private static func unexpected(_ type: String, at index: Int) -> StorageError {
        .invalidValue("Column \(index) of a row is not \(type).")
    }
}
