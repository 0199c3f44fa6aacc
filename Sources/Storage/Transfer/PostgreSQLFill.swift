import GRDB

/// Replaces the rows of a PostgreSQL database by those of an SQLite one, in one transaction: all of them or none.
struct PostgreSQLFill {
    let url: String
    /// Inside a read transaction, and found sound.
    let source: GRDB.Database
    let control: TransferControl
    /// Refuses a target with accounts that must stay.
    let checkAccounts: (Int64) throws -> Void
    /// The last chance to refuse.
    let beforeCommit: () throws -> Void

    func run() throws -> TransferReport {
        let connection = try PostgreSQLConnection(PostgreSQLURL(url), limits: .transfer)
        connection.isCancelled = { [control] in control.isCancelled }
        let session = PostgreSQLSession(connection)
        // So that it is not taken for a server, by another one that looks as the next line but two does.
        try session.script("SET application_name = 'martlet transfer'")
        try checkAccounts(accounts(session))
        try checkServers(session)
        let migrator = try PostgreSQLMigrator(url: url)
        try migrator.prepare()
        try migrator.lock(session)
        try session.script("BEGIN")
        let report = try replace(session)
        try beforeCommit()
        try control.check()
        connection.isCancelled = nil
        try commit(session)
        return report
    }

    /// How many there are; none where there is no table yet.
    private func accounts(_ session: PostgreSQLSession) throws -> Int64 {
        let exists = try session.first("SELECT 1 WHERE to_regclass('\"user\"') IS NOT NULL", []) { try $0.integer(0) }
        guard exists != nil else { return 0 }
        return try session.first("SELECT count(*) FROM \"user\"", []) { try $0.integer(0) } ?? 0
    }

    /// The data directory's lock tells of this host only.
    private func checkServers(_ session: PostgreSQLSession) throws {
        let hosts = try session.rows(
            """
            SELECT DISTINCT coalesce(host(client_addr), 'this host') FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'martlet' AND pid <> pg_backend_pid()
            """, []
        ) { try $0.text(0) }
        guard hosts.isEmpty else {
            throw StorageError(
                .locked,
                "A martlet uses the database \(session.connection.url), from \(hosts.joined(separator: ", ")).",
                advice: "Stop martlet on every host first (`systemctl stop martlet`).")
        }
    }

    private func replace(_ session: PostgreSQLSession) throws -> TransferReport {
        let catalog = try PostgreSQLCatalog(session)
        let schema = try TransferTables.ofSchema().all.map(\.name)
        let names = schema.filter { catalog.tables[$0] != nil && !TransferTables.bookkeeping.contains($0) }
        try session.script("LOCK TABLE \"user\" IN ACCESS EXCLUSIVE MODE")
        try checkAccounts(accounts(session))
        // The sequences restart with it: unlike `setval` alone, that is undone when the transaction is.
        let list = names.map(\.quotedName).joined(separator: ", ")
        try session.script("TRUNCATE \(list) RESTART IDENTITY")
        var notes = TransferNotes()
        let counts = try copy(names, catalog, session.connection, &notes)
        try finish(counts, catalog, session)
        var report = TransferReport(counts)
        report.notes = notes.all
        return report
    }

    private func copy(
        _ names: [String], _ catalog: PostgreSQLCatalog, _ connection: PostgreSQLConnection,
        _ notes: inout TransferNotes
    ) throws -> [String: Int64] {
        let tables = try TransferTables(in: source)
        let present = try source.rowCounts(control)
        noteUnknown(tables, catalog, present, known: names, &notes)
        let total = names.reduce(0) { $0 + (present[$1] ?? 0) }
        var done: Int64 = 0
        var absent: [String: Set<String>] = [:]
        var counts: [String: Int64] = [:]
        for name in names {
            guard let table = tables[name], let columns = catalog.tables[name] else { continue }
            var copy = TableCopy(
                table: name, columns: columns.filter { table.columns.contains($0.name) },
                foreignKeys: (catalog.foreignKeys[name] ?? []).filter { table.columns.contains($0.column) },
                absent: absent)
            try copy.run(from: source, tables: tables, to: connection, &notes) {
                done += 1
                try control.tell(TransferProgress(.copying, table: name, done: done, total: total, unit: .rows))
            }
            (absent, counts[name]) = (copy.absent, copy.sent)
        }
        return counts
    }

    private func noteUnknown(
        _ tables: TransferTables, _ catalog: PostgreSQLCatalog, _ counts: [String: Int64], known: [String],
        _ notes: inout TransferNotes
    ) {
        for table in tables.all where !TransferTables.bookkeeping.contains(table.name) {
            let rows = counts[table.name] ?? 0
            guard known.contains(table.name), let columns = catalog.tables[table.name] else {
                notes.add(
                    .leftOut, table: table.name, column: nil, "a table of another program", key: nil, count: rows)
                continue
            }
            for column in table.columns where !columns.contains(where: { $0.name == column }) {
                notes.add(
                    .leftOut, table: table.name, column: column, "a column of another program", key: nil, count: rows)
            }
        }
    }

    /// Sets the sequences behind the highest number, and counts what is there.
    private func finish(_ counts: [String: Int64], _ catalog: PostgreSQLCatalog, _ session: PostgreSQLSession) throws {
        for (name, sent) in counts.sorted(by: { $0.key < $1.key }) {
            try control.tell(TransferProgress(.verifying, table: name))
            for column in catalog.tables[name] ?? [] {
                guard let sequence = column.sequence else { continue }
                let highest = "max(\(column.name.quotedName))"
                _ = try session.first(
                    """
                    SELECT setval(CAST(? AS regclass), greatest(\(highest), 1), \(highest) IS NOT NULL)
                    FROM \(name.quotedName)
                    """, [.text(sequence)]
                ) { try $0.integer(0) }
            }
            let found = try session.first("SELECT count(*) FROM \(name.quotedName)", []) { try $0.integer(0) }
            guard found == sent else {
                throw StorageError(
                    .other, "\(name) has \(found ?? 0) rows in place of \(sent).",
                    advice: "Does a trigger or a rule change it? Nothing was changed.")
            }
        }
    }

    private func commit(_ session: PostgreSQLSession) throws {
        do {
            try session.commit()
        } catch let error as StorageError where error.reason == .unavailable {
            throw StorageError(
                .unavailable,
                "The connection to the database \(session.connection.url) was lost at the very end: it holds either all "
                    + "of the old rows or all of the new ones.",
                advice: "Look which, and run it again if it is the old ones.")
        }
    }
}
