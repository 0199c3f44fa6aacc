import Glibc

/// Makes a PostgreSQL database ready before any daemon uses it: creates everything in an empty one, or adds what an Open
/// WebUI 0.8.3 database lacks.
///
/// Called by the supervisor only. Blocking. Each change is one transaction, so whatever stops it leaves the old state.
/// Several hosts may start at once: one prepares, under a session advisory lock, the others wait. There is no snapshot:
/// backups are the server's.
public struct PostgreSQLMigrator: Sendable {
    /// What `prepare` did.
    public enum Outcome: Sendable, Equatable {
        case created
        case unchanged
        /// The migrations applied, in order.
        case migrated(names: [String])
    }

    /// The advisory lock, one a database: "martlet" in ASCII.
    static let lockKey: Int64 = 0x6D_6172_746C_6574

    let url: PostgreSQLURL
    let migrations: [Migration]
    let lockTimeout: Duration

    init(url: String, migrations: [Migration] = Migration.all, lockTimeout: Duration = .seconds(10)) throws {
        self.url = try PostgreSQLURL(url)
        self.migrations = migrations
        self.lockTimeout = lockTimeout
    }

    /// - Parameter url: Open WebUI's `DATABASE_URL`.
    /// - Throws: `StorageError`; nothing was changed then.
    @discardableResult
    public static func prepare(url: String) throws -> Outcome { try PostgreSQLMigrator(url: url).prepare() }

    @discardableResult
    func prepare() throws -> Outcome {
        // Its end frees the lock.
        let session = PostgreSQLSession(try PostgreSQLConnection(url, limits: .migration))
        if try pending(session) == .ready { return .unchanged }
        try lock(session)
        switch try pending(session) {
        case .ready: return .unchanged
        case .fresh:
            try create(session)
            return .created
        case .migrate(let names):
            try migrate(names, session)
            return .migrated(names: names)
        }
    }

    private enum Work: Equatable {
        case ready
        case fresh
        case migrate(names: [String])
    }

    private func pending(_ session: PostgreSQLSession) throws -> Work {
        guard let found = try PostgreSQLInspector(session: session).inspect() else { return .fresh }
        try found.check(known: migrations.map(\.name), path: url.description)
        let missing = migrations.map(\.name).filter { !found.applied.contains($0) }
        return missing.isEmpty ? .ready : .migrate(names: missing)
    }

    func lock(_ session: PostgreSQLSession) throws {
        let deadline = ContinuousClock.now + lockTimeout
        while try session.first("SELECT pg_try_advisory_lock(?)", [.integer(Self.lockKey)], { try $0.integer(0) }) != 1
        {
            guard ContinuousClock.now < deadline else {
                throw StorageError(
                    .locked, "Another process is preparing the database \(url).",
                    advice: "Is another martlet starting on it? `SELECT pid FROM pg_locks WHERE locktype = 'advisory'` "
                        + "names its session.")
            }
            usleep(50_000)
        }
    }

    private func create(_ session: PostgreSQLSession) throws {
        try session.transaction {
            for area in Schema.fresh(.postgresql) { try session.script(area) }
            try session.run("INSERT INTO alembic_version (version_num) VALUES (?)", [.text(Schema.writtenRevision)])
            for name in Schema.peeweeMigrations {
                try session.run(
                    "INSERT INTO migratehistory (name, migrated_at) VALUES (?, CURRENT_TIMESTAMP)", [.text(name)])
            }
            try record(migrations.map(\.name), session)
        }
    }

    private func migrate(_ names: [String], _ session: PostgreSQLSession) throws {
        try session.transaction {
            try session.script(Schema.migrationTable)
            for migration in migrations where names.contains(migration.name) { try migration.apply(session) }
            try record(names, session)
        }
    }

    private func record(_ names: [String], _ session: PostgreSQLSession) throws {
        for name in names {
            try session.run(
                "INSERT INTO martlet_migration (name, applied_at) VALUES (?, ?)",
                [.text(name), .integer(Int64(time(nil)))])
        }
    }
}

extension PostgreSQLSession: MigrationConnection {
    var types: ColumnTypes { .postgresql }

    func hasColumn(_ column: String, table: String) throws -> Bool {
        try first(
            """
            SELECT 1 FROM information_schema.columns
            WHERE table_schema = current_schema() AND table_name = ? AND column_name = ?
            """, [.text(table), .text(column)]
        ) { _ in true } ?? false
    }

    fileprivate func transaction(_ body: () throws -> Void) throws {
        try script("BEGIN")
        do {
            try body()
            try commit()
        } catch {
            rollBack()
            throw error
        }
    }
}
