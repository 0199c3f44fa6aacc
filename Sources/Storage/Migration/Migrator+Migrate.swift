import GRDB

extension Migrator {
    /// Snapshot, then all missing migrations in one transaction, then WAL mode.
    func migrate(names: [String], size: Int64) throws -> Outcome {
        let queue = try DatabaseQueue(path: path, configuration: SQLiteEngine.configuration())
        defer { try? queue.close() }
        guard let first = names.first else {
            try Self.setWAL(queue)
            return .unchanged
        }
        try checkSpace(for: size)
        let snapshot = "\(path).before-\(first)"
        try takeSnapshot(of: queue, at: snapshot)
        try apply(names, queue)
        try Self.setWAL(queue)
        return .migrated(names: names, snapshot: snapshot)
    }

    private func apply(_ names: [String], _ queue: DatabaseQueue) throws {
        try queue.write { connection in
            try connection.execute(sql: Schema.migrationTable)
            for migration in migrations where names.contains(migration.name) {
                try migration.apply(connection)
            }
            try record(names, in: connection)
        }
    }

    /// Brings a copy up to date that nobody else knows of: it needs neither the lock nor a snapshot.
    func completeCopy(_ queue: DatabaseQueue) throws {
        let applied = try queue.read { connection in
            try connection.tableExists("martlet_migration")
                ? String.fetchSet(connection, sql: "SELECT name FROM martlet_migration") : []
        }
        let missing = migrations.map(\.name).filter { !applied.contains($0) }
        if !missing.isEmpty { try apply(missing, queue) }
        try Self.setWAL(queue)
    }

    /// A whole copy under a name of its own, moved into place when it is complete. One that is there already is from
    /// an attempt that did not get further, and is replaced.
    private func takeSnapshot(of queue: DatabaseQueue, at snapshot: String) throws {
        let partial = snapshot + ".partial"
        try Self.makeEmpty(partial)
        do {
            try queue.inDatabase { connection in
                _ = try connection.run("VACUUM INTO ?", [.text(partial)])
            }
            try Self.move(partial, to: snapshot)
        } catch {
            Self.remove(partial)
            throw error
        }
    }
}

extension GRDB.Database: MigrationConnection {
    var types: ColumnTypes { .sqlite }

    func script(_ sql: String) throws {
        try execute(sql: sql)
    }

    func hasColumn(_ column: String, table: String) throws -> Bool {
        try columns(in: table).contains { $0.name == column }
    }
}
