import Foundation
import GRDB

@testable import Storage

/// A database with rows in every table, of every type, with values that are hard to carry.
enum TransferSample {
    /// Columns that are INTEGER in SQLite and BOOLEAN in PostgreSQL.
    private static let flags: Set<String> = ["active", "archived", "is_active", "is_global"]

    /// Makes a fresh database with so many rows in every table.
    static func make(at path: String, rows: Int = 7) throws {
        try Migrator.prepare(path: path)
        try write(path) { try fill($0, rows: rows) }
    }

    static func write(_ path: String, _ body: @Sendable (GRDB.Database) throws -> Void) throws {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        try queue.write(body)
    }

    static func fill(_ db: GRDB.Database, rows: Int) throws {
        for table in try TransferTables(in: db).all where !TransferTables.bookkeeping.contains(table.name) {
            let columns = try db.columns(in: table.name)
            let parents = Set(try db.foreignKeys(on: table.name).flatMap { $0.mapping.map(\.origin) })
            for number in 1...rows {
                let values = columns.map { value($0, number, isReference: parents.contains($0.name)) }
                let places = values.map { _ in "?" }.joined(separator: ", ")
                try db.execute(
                    sql: "INSERT INTO \(table.name.quotedName) VALUES (\(places))",
                    arguments: StatementArguments(values))
            }
        }
    }

    private static func value(_ column: ColumnInfo, _ number: Int, isReference: Bool) -> DatabaseValue {
        if isReference { return "id-\(number)".databaseValue }
        let type = column.type.uppercased()
        if !column.isNotNull, number % 3 == 0, column.name != "id" { return .null }
        switch type {
        case _ where flags.contains(column.name), "BOOLEAN": return (number % 2).databaseValue
        case "INTEGER": return number.databaseValue
        case "BIGINT": return (Int64.max - Int64(number)).databaseValue
        case "FLOAT": return ([0.1, -1e300, 2.5e-300, 3][number % 4] / Double(number)).databaseValue
        case "DATE": return "19\(10 + number)-02-28".databaseValue
        case "DATETIME" where column.name.hasSuffix("ed_at") && column.defaultValueSQL == nil && !isMigration(column):
            return (1_700_000_000 + number).databaseValue
        case "DATETIME":
            return (number % 2 == 0 ? "2024-05-01 12:30:00.000250" : "2024-05-01 12:30:00").databaseValue
        case "JSON": return json[number % json.count].databaseValue
        default:
            return column.name == "id" ? "id-\(number)".databaseValue : "\(column.name) \(number) \(hard)".databaseValue
        }
    }

    private static func isMigration(_ column: ColumnInfo) -> Bool { column.name == "migrated_at" }

    /// Short: `user.username` takes 50 characters.
    static let hard = "\t\\N\r\n\\.'\"\u{1}ü🦆\u{2028}\\x"
    static let json = [
        #"{"a": 1.50, "b":[null,true,"\\u0000 is no NUL \\\"","🦆\ud83e\udd86"], "a":2}"#, "[]", "null", "5", "\"text\"",
        "1.25", "{\"deep\":" + String(repeating: "[", count: 500) + String(repeating: "]", count: 500) + "}",
    ]

    /// The rows of each table but those of the schema version, in an order of their own.
    static func contents(_ path: String) throws -> [String: [String]] {
        try SampleDatabase.query(path) { db in
            var contents: [String: [String]] = [:]
            for table in try TransferTables(in: db).all where !TransferTables.bookkeeping.contains(table.name) {
                contents[table.name] = try Row.fetchAll(db, sql: "SELECT * FROM \(table.name.quotedName)")
                    .map { row in row.databaseValues.map { "\($0.storage)" }.joined(separator: " | ") }.sorted()
            }
            return contents
        }
    }
}
