import GRDB

/// Reads what an existing database is, without changing it or leaving a file beside it.
struct DatabaseInspector {
    let path: String
    let size: Int64
    let wal: Bool
    let pending: Bool

    struct Finding: Equatable {
        /// Open WebUI's Alembic revision.
        let revision: String
        /// Martlet's migrations that it has.
        let applied: [String]

        /// Refuses a database of another version.
        func check(known: [String], path: String) throws(StorageError) {
            if Schema.olderRevisions.contains(revision) { throw Self.older(revision, path) }
            guard Schema.acceptedRevisions.contains(revision) else {
                throw Self.newer(revision, "Open WebUI's schema version \(revision)", path)
            }
            guard let unknown = applied.first(where: { !known.contains($0) }) else { return }
            throw Self.newer(unknown, "the migration \(unknown)", path)
        }

        private static func older(_ revision: String, _ path: String) -> StorageError {
            StorageError(
                .olderVersion(revision), "The database \(path) is of an older Open WebUI (schema version \(revision)).",
                advice: "Start Open WebUI 0.8.3 on it once, which brings it up to date, then start martlet.")
        }

        private static func newer(_ name: String, _ what: String, _ path: String) -> StorageError {
            StorageError(
                .newerVersion(name), "The database \(path) has \(what), which this version of martlet does not know.",
                advice: "Install a newer martlet, or restore a backup from before the database was upgraded.")
        }
    }

    /// - Throws: `StorageError`, or an error of SQLite.
    func inspect() throws -> Finding {
        do {
            return try inspect(readOnly: true)
        } catch let error as DatabaseError where pending && isRecovery(error) {
            // A writer died and left a journal. SQLite rolls it back as soon as the file is opened for writing:
            // that restores the last committed state, and is the only way to read it.
            return try inspect(readOnly: false)
        }
    }

    private func isRecovery(_ error: DatabaseError) -> Bool {
        [.SQLITE_READONLY, .SQLITE_CANTOPEN].contains(error.resultCode)
    }

    private func inspect(readOnly: Bool) throws -> Finding {
        var configuration = SQLiteEngine.configuration()
        configuration.readonly = readOnly
        let queue = try DatabaseQueue(path: readOnly ? readOnlyName : path, configuration: configuration)
        defer { try? queue.close() }
        // Neither a transaction nor GRDB's own checks of the schema before the file itself is known to be sound.
        return try queue.inDatabase { connection in
            if size <= Migrator.fullCheckLimit { try quickCheck(connection) }
            return try find(connection)
        }
    }

    /// A WAL database without a WAL file gets one by being opened, even for reading. `immutable` forbids that;
    /// it is safe as nobody has it open then: whoever had would have made the WAL file.
    var readOnlyName: String {
        guard wal, !pending else { return path }
        // An absolute path follows an empty host, else a leading `//` would be read as one.
        return "file:\(path.hasPrefix("/") ? "//" : "")\(Self.escaped(path))?immutable=1"
    }

    /// A path inside an SQLite URI.
    private static func escaped(_ path: String) -> String {
        path.utf8.reduce(into: "") { escaped, byte in
            if byte > 0x20, byte < 0x7F, !"%?#".utf8.contains(byte) {
                escaped.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                escaped += byte < 0x10 ? "%0\(String(byte, radix: 16))" : "%\(String(byte, radix: 16))"
            }
        }
    }

    private func quickCheck(_ connection: GRDB.Database) throws {
        let answer = try String.fetchOne(connection, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard answer == "ok" else { throw StorageError.corrupt(path, Self.firstLine(answer)) }
    }

    func find(_ connection: GRDB.Database) throws -> Finding {
        guard try connection.tableExists("alembic_version"), try connection.tableExists("user") else {
            throw StorageError(
                .notOpenWebUI, "\(path) is an SQLite database, but neither of Open WebUI nor of martlet.",
                advice: "Move it away, or set DATA_DIR to the right directory.")
        }
        let revision = try String.fetchOne(connection, sql: "SELECT version_num FROM alembic_version") ?? ""
        let applied =
            try connection.tableExists("martlet_migration")
            ? String.fetchAll(connection, sql: "SELECT name FROM martlet_migration ORDER BY name") : []
        return Finding(revision: revision, applied: applied)
    }

    /// SQLite's report may have many lines; the first names the fault.
    static func firstLine(_ text: String) -> String {
        let lines = text.split(separator: "\n").map(String.init)
        return lines.first { !$0.hasPrefix("***") } ?? lines.first ?? "malformed"
    }
}
