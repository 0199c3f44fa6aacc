import Foundation
import GRDB
import Testing

@testable import Storage

@Suite("Import of Open WebUI's webui.db, on each engine")
struct OpenWebUIImportTests {
    /// The rows of each table that Open WebUI has, by the columns that it has.
    private func contents(_ path: String, like columns: [String: [String]]) throws -> [String: [String]] {
        try SampleDatabase.query(path) { db in
            try columns.reduce(into: [:]) { contents, table in
                let list = table.value.map(\.quotedName).joined(separator: ", ")
                contents[table.key] = try Row.fetchAll(db, sql: "SELECT \(list) FROM \(table.key.quotedName)")
                    .map { row in row.databaseValues.map { "\($0.storage)" }.joined(separator: " | ") }.sorted()
            }
        }
    }

    @Test("every row of every table arrives, and JSON as it was written", arguments: EngineKind.allCases, [1, 9])
    func everything(_ kind: EngineKind, _ rows: Int) async throws {
        let (source, directory) = (try TemporaryDirectory(), try TemporaryDirectory())
        try SampleDatabase.stock(at: source.database)
        try TransferSample.write(source.database) { try TransferSample.fill($0, rows: rows) }
        let columns = try SampleDatabase.query(source.database) { db in
            Dictionary(
                uniqueKeysWithValues: try TransferTables(in: db).all.filter {
                    !TransferTables.bookkeeping.contains($0.name)
                }
                .map { ($0.name, $0.columns) })
        }
        let before = try contents(source.database, like: columns)
        #expect(before.count > 30 && before.allSatisfy { $0.value.count >= rows })
        let file = try source.contents()
        let copy: String
        switch kind {
        case .sqlite:
            copy = directory.database
            let target = DatabaseLocation.sqlite(path: copy)
            let report = try DatabaseRestore(
                .import, from: source.database, into: target, dataDirectory: directory.path
            ).run()
            #expect(report.notes == [] && report.kept == nil)
        case .postgresql:
            copy = directory.path + "/copy.db"
            let url = try await PostgreSQLServer.shared.value.makeDatabase(migrated: false)
            let target = DatabaseLocation.postgresql(url: url)
            let report = try DatabaseRestore(
                .import, from: source.database, into: target, dataDirectory: directory.path
            ).run()
            #expect(report.notes == [])
            try DatabaseBackup(of: target, to: copy).run()
        }
        #expect(try contents(copy, like: columns) == before)
        #expect(try source.contents() == file)
        #expect(try Migrator.prepare(path: copy) == .unchanged)
    }
}
