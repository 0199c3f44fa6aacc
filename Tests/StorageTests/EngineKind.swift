@testable import Storage

/// The engines; what is said of the tables and of `Database` is tested on each.
enum EngineKind: CaseIterable, Sendable {
    case sqlite
    case postgresql
}

/// A fresh, migrated database of its own for a test.
final class TestDatabase: Sendable {
    let database: Database
    /// Of SQLite, gone when the test is. PostgreSQL's databases go with the server.
    private let directory: TemporaryDirectory?

    init(_ kind: EngineKind) async throws {
        switch kind {
        case .sqlite:
            let directory = try TemporaryDirectory()
            try Migrator.prepare(path: directory.database)
            database = try .open(path: directory.database)
            self.directory = directory
        case .postgresql:
            database = try .open(url: await PostgreSQLServer.shared.value.makeDatabase())
            directory = nil
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> Value) async throws -> Value {
        try await database.write(body)
    }
}

extension SQLSession {
    /// The integer in the first column of the first row.
    func integer(_ sql: String, _ arguments: [SQLValue] = []) throws -> Int64? {
        try first(sql, arguments) { try $0.integer(0) }
    }

    /// The text in the first column of the first row.
    func text(_ sql: String, _ arguments: [SQLValue] = []) throws -> String? {
        try first(sql, arguments) { try $0.text(0) }
    }

    /// The first column of all rows, as text.
    func texts(_ sql: String, _ arguments: [SQLValue] = []) throws -> [String] {
        try rows(sql, arguments) { try $0.text(0) }
    }
}
