import GRDB
import Glibc

/// Makes `webui.db` ready before any daemon opens it: creates a fresh one, or brings an existing one up to date.
///
/// Called by the supervisor only. Blocking. Whatever it refuses it leaves as it was, and a `kill -9` at any point
/// leaves either the old state or the new one: a fresh database is built aside and renamed, an existing one is
/// changed in one transaction, after a snapshot to `<path>.before-<first migration>`.
public struct Migrator: Sendable {
    /// What `prepare` did.
    public enum Outcome: Sendable, Equatable {
        case created
        case unchanged
        /// The migrations applied, in order, and the snapshot taken before them.
        case migrated(names: [String], snapshot: String)
    }

    /// Files up to this size are checked whole (`quick_check`), larger ones only by header and schema.
    static let fullCheckLimit: Int64 = 64 << 20

    let path: String
    let migrations: [Migration]
    let lockTimeout: Duration
    /// Bytes that must be free beside what the work itself is known to need.
    let reserve: Int64

    init(
        path: String, migrations: [Migration] = Migration.all, lockTimeout: Duration = .seconds(10),
        reserve: Int64 = DiskSpace.reserve
    ) {
        self.path = path
        self.migrations = migrations
        self.lockTimeout = lockTimeout
        self.reserve = reserve
    }

    /// - Parameter path: of the database file; its directory must exist.
    /// - Throws: `StorageError`; nothing was changed then.
    @discardableResult
    public static func prepare(path: String) throws -> Outcome {
        try Migrator(path: path).prepare()
    }

    @discardableResult
    func prepare() throws -> Outcome {
        do {
            // Looked at first without the lock, so that a refusal leaves not even a lock file.
            if try pending() == .ready { return .unchanged }
            let lock = try MigrationLock(database: path, timeout: lockTimeout)
            defer { _ = lock }
            switch try pending() {
            case .ready: return .unchanged
            case .fresh: return try create()
            case .migrate(let names, let size): return try migrate(names: names, size: size)
            }
        } catch {
            throw StorageError.from(error, path: path)
        }
    }

    private enum Work: Equatable {
        case ready
        case fresh
        /// No names: only the journal mode is to be changed.
        case migrate(names: [String], size: Int64)
    }

    private func pending() throws -> Work {
        try checkDirectory()
        switch try FileState.of(path) {
        case .absent, .empty:
            return .fresh
        case .notADatabase:
            throw StorageError.notADatabase(path)
        case .database(let size, let wal, let pending):
            guard faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0 else {
                throw StorageError.fileUnwritable(path)
            }
            let found = try DatabaseInspector(path: path, size: size, wal: wal, pending: pending).inspect()
            try found.check(known: migrations.map(\.name), path: path)
            let missing = migrations.map(\.name).filter { !found.applied.contains($0) }
            if missing.isEmpty, wal { return .ready }
            return .migrate(names: missing, size: size)
        }
    }

    private func checkDirectory() throws(StorageError) {
        let directory = MigrationLock.directory(of: path)
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw StorageError(
                .directoryMissing, "The data directory \(directory) does not exist.",
                advice: "Create it, or choose another with --data-dir or DATA_DIR.")
        }
        // SQLite needs to make its journal beside the database, so a writable file alone is not enough.
        guard faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0 else {
            throw .directoryUnwritable(directory)
        }
    }

    func checkSpace(for needed: Int64) throws(StorageError) {
        guard let free = DiskSpace.free(MigrationLock.directory(of: path)), free < needed + reserve else { return }
        throw .diskFull(path)
    }
}
