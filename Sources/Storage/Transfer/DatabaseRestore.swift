import GRDB
import Glibc

/// Puts an SQLite database of Open WebUI 0.8.3 or Martlet, a backup for instance, into the place of Martlet's own.
///
/// No server may run meanwhile. The file is checked, read in one transaction, and not changed. Into SQLite it is copied
/// page by page beside `webui.db`, brought up to date, read through, and put into place by a rename; the old database is
/// kept. Into PostgreSQL its rows go in one transaction. Whenever it is interrupted or killed, the database is the old one
/// or the new one; what a killed one left is cleared away by the next.
///
/// What PostgreSQL cannot hold is changed, or left out where it identifies a row, or where a row refers to another one that
/// is not there; every such case is in the report.
public struct DatabaseRestore: Sendable {
    public enum Purpose: String, Sendable {
        /// Replaces whatever is there.
        case restore
        /// Fills a database in which nobody has an account.
        case `import`
    }

    private let purpose: Purpose
    private let file: String
    private let target: DatabaseLocation
    private let dataDirectory: String
    private let mayReplaceAccounts: Bool

    /// - Parameters:
    ///   - dataDirectory: the one whose lock a running supervisor holds.
    ///   - mayReplaceAccounts: for a restore only.
    public init(
        _ purpose: Purpose, from file: String, into target: DatabaseLocation, dataDirectory: String,
        mayReplaceAccounts: Bool = false
    ) {
        (self.purpose, self.file, self.target, self.dataDirectory) = (purpose, file, target, dataDirectory)
        self.mayReplaceAccounts = mayReplaceAccounts && purpose == .restore
    }

    /// Blocks as long as it takes: on a thread of its own.
    /// - Throws: `StorageError`; nothing was changed then.
    @discardableResult
    public func run(_ control: TransferControl = TransferControl()) throws -> TransferReport {
        let lock = try DataDirectoryLock(dataDirectory, .exclusive)
        defer { _ = lock }
        let source = try SourceFile(file)
        switch target {
        case .sqlite(let path):
            do {
                return try replace(Migrator.resolved(path), source, control)
            } catch {
                throw StorageError.from(error, path: path)
            }
        case .postgresql(let url):
            do {
                return try fill(url, source, control)
            } catch {
                throw StorageError.from(error, path: file)
            }
        }
    }

    private func fill(_ url: String, _ source: SourceFile, _ control: TransferControl) throws -> TransferReport {
        try source.read(control) { connection in
            try control.tell(TransferProgress(.checking))
            try connection.checkIntegrity(of: file)
            return try PostgreSQLFill(
                url: url, source: connection, control: control,
                checkAccounts: { try checkAccounts($0, "The database") },
                beforeCommit: { try source.checkUnchanged() }
            ).run()
        }
    }

    // MARK: The embedded engine

    private func replace(
        _ path: String, _ source: SourceFile, _ control: TransferControl
    ) throws -> TransferReport {
        guard !source.isSameFile(as: path) else {
            throw StorageError(.wouldReplace, "\(file) is the database itself.", advice: "Give another file.")
        }
        let directory = MigrationLock.directory(of: path)
        guard access(directory, W_OK | X_OK) == 0 else { throw StorageError.directoryUnwritable(directory) }
        let swap = DatabaseSwap(path: path, label: "before-\(purpose.rawValue)")
        swap.recover()
        try checkAccounts(accounts(in: path), path)
        let partial = try PartialFile(path + ".martlet-restore")
        partial.give(toOwnerOf: access(path, F_OK) == 0 ? path : directory)
        let pages = PageCopy(target: partial, control: control)
        let counts = try source.read(control) { connection in
            try DiskSpace.check(PageCopy.size(connection), in: directory)
            try pages.run(from: connection)
            return try connection.rowCounts(control)
        }
        let queue = try DatabaseQueue(path: partial.path, configuration: SQLiteEngine.configuration())
        do {
            try pages.verify(queue, counts: counts)
            try Migrator(path: partial.path).completeCopy(queue)
            try queue.close()
        } catch {
            try? queue.close()
            throw error
        }
        try source.checkUnchanged()
        try control.check()
        var report = TransferReport(counts)
        report.bytes = FileState.size(partial.path)
        report.kept = try swap.run(partial)
        return report
    }

    /// How many there are; nil when it cannot be read.
    private func accounts(in path: String) throws -> Int64? {
        switch try FileState.of(path) {
        case .absent, .empty: return 0
        case .notADatabase: return nil
        case .database: break
        }
        do {
            let queue = try DatabaseQueue(path: path, configuration: SQLiteEngine.configuration())
            defer { try? queue.close() }
            return try queue.read { connection in
                guard try connection.tableExists("user") else { return nil }
                return try Int64.fetchOne(connection, sql: "SELECT count(*) FROM \"user\"")
            }
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            return nil
        }
    }

    private func checkAccounts(_ count: Int64?, _ place: String) throws(StorageError) {
        guard count != 0, !mayReplaceAccounts else { return }
        let holds = count.map { "holds \($0) account\($0 == 1 ? "" : "s")" } ?? "may hold accounts, but cannot be read"
        throw StorageError(
            .wouldReplace, "\(place) \(holds).",
            advice: purpose == .restore
                ? "They would be replaced: say --yes if that is meant."
                : "An import fills a database without accounts only; `martlet restore --yes` replaces them.")
    }
}
