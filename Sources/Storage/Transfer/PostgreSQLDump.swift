import CPostgres
import GRDB

/// One state of a PostgreSQL database, streamed into an SQLite database of the same schema.
struct PostgreSQLDump {
    let url: String
    let target: PartialFile
    let control: TransferControl

    func run() throws -> TransferReport {
        let connection = try PostgreSQLConnection(PostgreSQLURL(url), limits: .transfer)
        connection.isCancelled = { [control] in control.isCancelled }
        let session = PostgreSQLSession(connection)
        try session.script("SET extra_float_digits = 1; BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        let catalog = try PostgreSQLCatalog(session)
        try check(session)
        try DiskSpace.check(catalog.size, in: MigrationLock.directory(of: target.path))
        var notes = TransferNotes()
        let counts = try build(connection, try plan(session, catalog, &notes))
        try session.script("COMMIT")
        let queue = try DatabaseQueue(path: target.path, configuration: SQLiteEngine.configuration())
        defer { try? queue.close() }
        // Tables that the source lacks are there too, and empty.
        let empty = try TransferTables.ofSchema().all.map { ($0.name, Int64(0)) }
        let all = counts.merging(empty) { counted, _ in counted }
        try PageCopy(target: target, control: control).verify(queue, counts: all)
        var report = TransferReport(all)
        report.notes = notes.all
        return report
    }

    private func check(_ session: PostgreSQLSession) throws {
        guard let found = try PostgreSQLInspector(session: session).inspect() else {
            throw StorageError(
                .absent, "The database \(session.connection.url) is empty: there is nothing to back up.", advice: "")
        }
        try found.check(known: Migration.all.map(\.name), path: session.connection.url.description)
    }

    /// A table, its columns that both have, and how many rows it has.
    private struct Part {
        let name: String
        let columns: [PostgreSQLCatalog.Column]
        let rows: Int64
    }

    private func plan(
        _ session: PostgreSQLSession, _ catalog: PostgreSQLCatalog, _ notes: inout TransferNotes
    ) throws -> [Part] {
        let schema = try TransferTables.ofSchema()
        func count(_ table: String) throws -> Int64 {
            try control.check()
            return try session.first("SELECT count(*) FROM \(table.quotedName)", []) { try $0.integer(0) } ?? 0
        }
        for name in catalog.tables.keys.sorted() where schema[name] == nil {
            notes.add(
                .leftOut, table: name, column: nil, "a table of another program", key: nil, count: try count(name))
        }
        return try schema.all.compactMap { table in
            guard let columns = catalog.tables[table.name] else { return nil }
            let rows = try count(table.name)
            for column in columns where !table.columns.contains(column.name) {
                notes.add(
                    .leftOut, table: table.name, column: column.name, "a column of another program", key: nil,
                    count: rows)
            }
            return Part(name: table.name, columns: columns.filter { table.columns.contains($0.name) }, rows: rows)
        }
    }

    private func build(_ connection: PostgreSQLConnection, _ parts: [Part]) throws -> [String: Int64] {
        let queue = try DatabaseQueue(path: target.path, configuration: PageCopy.configuration())
        defer { try? queue.close() }
        return try control.interruptible(queue) {
            try queue.write { build in
                for area in Schema.fresh(.sqlite) { try build.execute(sql: area) }
                // Indexes are made when the rows are there: sorted once, in place of a look-up for each row.
                let indexes = try Row.fetchAll(
                    build, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
                for index in indexes { try build.execute(sql: "DROP INDEX \((index[0] as String).quotedName)") }
                let counts = try copy(parts, from: connection, to: build)
                for index in indexes { try build.execute(sql: index[1]) }
                return counts
            }
        }
    }

    private func copy(
        _ parts: [Part], from connection: PostgreSQLConnection, to build: GRDB.Database
    ) throws -> [String: Int64] {
        let total = parts.reduce(0) { $0 + $1.rows }
        var done: Int64 = 0
        var counts: [String: Int64] = [:]
        for part in parts {
            let before = done
            let names = part.columns.map(\.name.quotedName).joined(separator: ", ")
            let places = part.columns.map { _ in "?" }.joined(separator: ", ")
            let insert = try RowStatement(
                "INSERT INTO \(part.name.quotedName) (\(names)) VALUES (\(places))", build)
            let select = part.columns.map(\.selectedForSQLite).joined(separator: ", ")
            try connection.stream("SELECT \(select) FROM \(part.name.quotedName)") { row in
                for (index, column) in part.columns.enumerated() {
                    try insert.bind(column.type.cell(row.value(index)), at: index)
                }
                try insert.execute()
                done += 1
                try control.tell(
                    TransferProgress(.copying, table: part.name, done: done, total: total, unit: .rows))
            }
            guard done - before == part.rows else {
                throw StorageError(
                    .other, "Of \(part.rows) rows of \(part.name), \(done - before) arrived.", advice: "Try again.")
            }
            counts[part.name] = part.rows
        }
        return counts
    }
}
