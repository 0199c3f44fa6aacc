import GRDB

/// The tables of the schema, what is referred to first, each with its columns.
struct TransferTables {
    struct Table {
        let name: String
        let columns: [String]
    }

    /// Those that say which version a database is of: a database keeps its own.
    static let bookkeeping: Set<String> = ["alembic_version", "migratehistory", "martlet_migration"]

    let all: [Table]

    /// Asked of the schema itself, so that no table can be forgotten here.
    static func ofSchema() throws -> TransferTables {
        try DatabaseQueue().write { connection in
            for area in Schema.fresh(.sqlite) { try connection.execute(sql: area) }
            return try TransferTables(in: connection)
        }
    }

    /// Those of an SQLite database, in the order they were made.
    init(in connection: GRDB.Database) throws {
        let names = try String.fetchAll(
            connection,
            sql: """
                SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                    AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid
                """)
        all = try names.map { name in Table(name: name, columns: try connection.columns(in: name).map(\.name)) }
    }

    subscript(name: String) -> Table? { all.first { $0.name == name } }
}

extension GRDB.Database {
    /// How many rows each table has.
    func rowCounts(_ control: TransferControl) throws -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for table in try TransferTables(in: self).all {
            try control.check()
            counts[table.name] = try Int64.fetchOne(self, sql: "SELECT count(*) FROM \(table.name.quotedName)")
        }
        return counts
    }

    /// Reads everything, tables and indexes.
    /// - Throws: `StorageError.Reason.corrupt`.
    func checkIntegrity(of path: String) throws {
        let lines = try String.fetchCursor(self, sql: "PRAGMA integrity_check(10000)")
        while let line = try lines.next() {
            // Not damage: columns that became NOT NULL when there were rows already.
            if line == "ok" || line.hasPrefix("NULL value in ") { continue }
            throw StorageError.corrupt(path, DatabaseInspector.firstLine(line))
        }
    }
}

extension String {
    /// As a name in SQL.
    var quotedName: String { "\"\(replacing("\"", with: "\"\""))\"" }
}
