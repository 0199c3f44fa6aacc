/// A value bound to a `?` of a statement.
public enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)

    /// `nil` becomes NULL.
    public static func optional(_ text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
    public static func optional(_ integer: Int64?) -> SQLValue { integer.map(SQLValue.integer) ?? .null }
    public static func optional(_ real: Double?) -> SQLValue { real.map(SQLValue.real) ?? .null }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

/// A row of an answer, read by column position, from 0. It is only valid inside the closure that got it.
///
/// A column that holds another type than the one asked for throws `StorageError`: a database written by
/// other programs may hold anything.
public protocol SQLRow {
    func text(_ index: Int) throws -> String
    func optionalText(_ index: Int) throws -> String?
    func integer(_ index: Int) throws -> Int64
    func optionalInteger(_ index: Int) throws -> Int64?
    func optionalReal(_ index: Int) throws -> Double?
}

/// Where the engines' SQL differs; everything else is written once.
public enum SQLDialect: Sendable {
    case sqlite
    case postgresql
}

/// One connection of an engine inside one transaction: all that the tables know of the engine below them.
///
/// Not `Sendable`: it lives as long as the closure of `Database.read` or `Database.write`.
///
/// What is written once for both engines keeps to this: names that are words of SQL are quoted (`"user"`, `"group"`);
/// booleans are arguments, `.integer(1)` or `.integer(0)`, never literals; a statement that has failed ends the transaction,
/// so its error is not caught inside; no query is made while the rows of another are decoded; and the closure may run
/// again, so it does nothing but ask the database.
public protocol SQLSession {
    var dialect: SQLDialect { get }

    /// Runs a query; statements are cached by their text, so never build `sql` from input.
    func rows<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value]

    /// The same for statements whose text is made at each use, such as the translation of a client's filter: they are not
    /// kept. Values are arguments all the same.
    func rowsOnce<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value]

    /// The first row, or nil; the statement is stopped there.
    func first<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> Value?

    /// Runs a statement that answers nothing; returns how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ arguments: [SQLValue]) throws -> Int
}

extension SQLSession {
    /// For engines whose cache of statements is small in any case.
    public func rowsOnce<Value>(
        _ sql: String, _ arguments: [SQLValue], _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value] { try rows(sql, arguments, decode) }
}
