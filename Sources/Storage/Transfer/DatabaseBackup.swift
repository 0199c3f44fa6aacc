import GRDB
import Glibc

/// A copy of Martlet's database, made while the server writes to it.
///
/// It is one state of the database: everything that was committed before the start is in it, and no transaction is in it
/// by half. Whichever the engine, the copy is an SQLite database of Open WebUI, in one file without a WAL. It is written to
/// `FILE.partial`, read through, compared by its row counts, synced, then moved into place; a leftover `FILE.partial` is
/// replaced. What it refuses, and what is interrupted at any point, leaves `FILE` as it was.
///
/// Not in it are the secret key (a file of its own), uploads and vectors.
public struct DatabaseBackup: Sendable {
    private let source: DatabaseLocation
    private let file: String
    private let overwrite: Bool

    public init(of source: DatabaseLocation, to file: String, overwrite: Bool = false) {
        (self.source, self.file, self.overwrite) = (source, file, overwrite)
    }

    /// Blocks as long as it takes: on a thread of its own.
    /// - Throws: `StorageError`.
    @discardableResult
    public func run(_ control: TransferControl = TransferControl()) throws -> TransferReport {
        do {
            let target = Migrator.resolved(file)
            try checkTarget(target)
            let partial = try PartialFile(target + ".partial")
            var report: TransferReport
            switch source {
            case .sqlite(let path): report = try copy(path, to: partial, control)
            case .postgresql(let url):
                report = try PostgreSQLDump(url: url, target: partial, control: control).run()
            }
            report.bytes = FileState.size(partial.path)
            try control.check()
            try partial.place(at: target, replacing: overwrite)
            return report
        } catch {
            throw StorageError.from(error, path: file)
        }
    }

    private func checkTarget(_ target: String) throws(StorageError) {
        var status = stat()
        guard stat(target, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StorageError(.fileUnwritable, "\(file) is no ordinary file.", advice: "Give the name of a file.")
        }
        if case .sqlite(let path) = source, FileIdentity(path: target)?.isSameFile(as: FileIdentity(path: path)) == true
        {
            throw StorageError(
                .fileUnwritable, "\(file) is the database itself.", advice: "Give the backup another name.")
        }
        if !overwrite { throw .wouldReplace(file) }
    }

    // MARK: The embedded engine

    private func copy(_ path: String, to partial: PartialFile, _ control: TransferControl) throws -> TransferReport {
        switch try FileState.of(path) {
        case .database: break
        case .absent, .empty: throw StorageError.absent(path)
        case .notADatabase: throw StorageError.notADatabase(path)
        }
        let pages = PageCopy(target: partial, control: control)
        let counts = try source(path, control) { connection in
            try DiskSpace.check(PageCopy.size(connection), in: MigrationLock.directory(of: partial.path))
            try pages.run(from: connection)
            return try connection.rowCounts(control)
        }
        let queue = try DatabaseQueue(path: partial.path, configuration: SQLiteEngine.configuration())
        defer { try? queue.close() }
        // One file, whole without a WAL beside it, which even a medium that is read only can hold.
        _ = try queue.inDatabase { try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
        try pages.verify(queue, counts: counts)
        return TransferReport(counts)
    }

    /// Runs a body in a read transaction on the database that may be in use. Not opened read-only: SQLite could then not
    /// clear away the WAL that it makes where no server runs.
    private func source<Value>(
        _ path: String, _ control: TransferControl, _ body: (GRDB.Database) throws -> Value
    ) throws -> Value {
        do {
            let queue = try DatabaseQueue(path: path, configuration: SQLiteEngine.configuration())
            defer { try? queue.close() }
            return try control.interruptible(queue) {
                try queue.read { connection in
                    let inspector = DatabaseInspector(path: path, size: 0, wal: false, pending: false)
                    // The first look also fixes the state that is seen from now on.
                    _ = try inspector.find(connection)
                    return try body(connection)
                }
            }
        } catch let error as DatabaseError where ![.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode) {
            throw StorageError.from(error, path: path)
        }
    }
}

extension TransferReport {
    init(_ counts: [String: Int64]) {
        tables = counts.count
        rows = counts.values.reduce(0, +)
    }
}

extension StorageError {
    static func absent(_ path: String) -> StorageError {
        StorageError(
            .absent, "There is no database \(path).",
            advice: "Say where it is with --data-dir, or with the --config that `martlet serve` is given.")
    }
}
