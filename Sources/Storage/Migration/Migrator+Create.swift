import GRDB
import Glibc

extension Migrator {
    /// Room for the empty tables.
    private static let freshSize: Int64 = 1 << 20

    /// Builds the whole database under another name and moves it into place.
    func create() throws -> Outcome {
        try checkSpace(for: Self.freshSize)
        let build = path + ".martlet-new"
        try Self.makeEmpty(build)
        do {
            try fill(build)
            try setOrphansAside()
            try Self.move(build, to: Self.resolved(path))
        } catch {
            Self.remove(build)
            throw error
        }
        return .created
    }

    private func fill(_ build: String) throws {
        let queue = try DatabaseQueue(path: build, configuration: SQLiteEngine.configuration())
        try queue.write { connection in
            for area in Schema.fresh(.sqlite) {
                try connection.execute(sql: area)
            }
            try connection.run("INSERT INTO alembic_version (version_num) VALUES (?)", [.text(Schema.writtenRevision)])
            for name in Schema.peeweeMigrations {
                try connection.run(
                    "INSERT INTO migratehistory (name, migrated_at) VALUES (?, CURRENT_TIMESTAMP)", [.text(name)])
            }
            try record(migrations.map(\.name), in: connection)
        }
        try Self.setWAL(queue)
        try queue.close()
    }

    /// A journal left by a database that is gone would be replayed into the new one.
    func setOrphansAside() throws {
        for suffix in ["-wal", "-journal", "-shm"] {
            guard rename(path + suffix, path + suffix + ".orphaned") != 0, errno != ENOENT else { continue }
            throw StorageError.directoryUnwritable(MigrationLock.directory(of: path))
        }
    }

    func record(_ names: [String], in connection: GRDB.Database) throws {
        for name in names {
            try connection.run(
                "INSERT INTO martlet_migration (name, applied_at) VALUES (?, ?)",
                [.text(name), .integer(Int64(time(nil)))])
        }
    }

    static func setWAL(_ queue: DatabaseQueue) throws {
        let mode = try queue.inDatabase { try String.fetchOne($0, sql: "PRAGMA journal_mode = WAL") }
        guard mode == "wal" else {
            throw StorageError(
                .other, "The database cannot be put into WAL mode (\(mode ?? "no answer")).",
                advice: "The data directory must be on a local file system, not on a network share.")
        }
    }

    // MARK: Files

    /// Replaces whatever is at `path` by an empty file that only the owner may read: it will hold password hashes.
    static func makeEmpty(_ path: String) throws(StorageError) {
        remove(path)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw errno == ENOSPC || errno == EDQUOT
                ? .diskFull(path) : .directoryUnwritable(MigrationLock.directory(of: path))
        }
        Glibc.close(file)
    }

    /// Moves a finished file into place so that it survives a power cut.
    static func move(_ source: String, to target: String) throws(StorageError) {
        try sync(source)
        guard rename(source, target) == 0 else {
            throw .directoryUnwritable(MigrationLock.directory(of: target))
        }
        try sync(MigrationLock.directory(of: target))
    }

    static func sync(_ path: String) throws(StorageError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .fileUnwritable(path) }
        defer { Glibc.close(file) }
        // Some file systems cannot sync a directory, and say so.
        guard fsync(file) == 0 || errno == EINVAL else { throw .diskFull(path) }
    }

    static func remove(_ path: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }

    /// The file that a symbolic link names, so that the link stays; the path itself if there is nothing.
    static func resolved(_ path: String) -> String {
        guard let buffer = realpath(path, nil) else { return path }
        defer { free(buffer) }
        return String(cString: buffer)
    }
}
