import FoundationEssentials
import GRDB
import Glibc

/// Puts a finished database into the place of `webui.db`, and keeps the one that was there under another name.
///
/// Whenever it is killed, `webui.db` is the old one or the new one: the old one gets its second name first, then one
/// rename puts the new one over the first.
struct DatabaseSwap {
    /// Of the file itself, not of a link to it.
    let path: String
    /// `before-restore`: what the kept file is called after.
    let label: String

    private static let sideFiles = ["-wal", "-journal"]

    /// Undoes what a killed swap has begun.
    func recover() {
        let directory = MigrationLock.directory(of: path)
        let prefix = "\(path.split(separator: "/").last.map(String.init) ?? path).before-"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let kept = "\(directory)/\(name)"
            guard FileIdentity(path: kept)?.isSameFile(as: FileIdentity(path: path)) == true else { continue }
            for suffix in Self.sideFiles where access(path + suffix, F_OK) != 0 { rename(kept + suffix, path + suffix) }
            unlink(kept)
        }
    }

    /// - Returns: where the old one is kept; nil if there was none.
    /// - Throws: `StorageError`: busy when another process has it open.
    func run(_ new: PartialFile) throws -> String? {
        do {
            return try replace(by: new)
        } catch {
            recover()
            throw error
        }
    }

    private func replace(by new: PartialFile) throws -> String? {
        switch try FileState.of(path) {
        case .absent, .empty:
            try Migrator(path: path).setOrphansAside()
            try new.place(at: path, replacing: true)
            return nil
        case .notADatabase: return try replaceDamaged(by: new)
        case .database:
            do {
                return try replaceSound(by: new)
            } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
                return try replaceDamaged(by: new)
            }
        }
    }

    private func replaceSound(by new: PartialFile) throws -> String {
        var configuration = Configuration()
        configuration.prepareDatabase { connection in
            // From the first look to the end nobody else gets at it.
            try connection.execute(sql: "PRAGMA busy_timeout = 2000; PRAGMA locking_mode = EXCLUSIVE")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.inDatabase { connection in
            // Takes the WAL into the file, which is whole by itself then, and can lie under another name.
            let mode = try String.fetchOne(connection, sql: "PRAGMA journal_mode = DELETE")
            var kept = ""
            try connection.inTransaction(.exclusive) {
                guard mode == "delete", access(path + "-wal", F_OK) != 0 else {
                    throw DatabaseError(resultCode: .SQLITE_BUSY)
                }
                // An empty one is left in exclusive mode; it bears the name that the new one will have.
                unlink(path + "-journal")
                kept = try keep(connection)
                try new.place(at: path, replacing: true)
                return .commit
            }
            return kept
        }
    }

    /// Gives the old database its second name.
    private func keep(_ connection: GRDB.Database) throws -> String {
        let kept = freeName()
        if link(path, kept) == 0 { return kept }
        guard errno != ENOSPC, errno != EDQUOT else { throw StorageError.diskFull(path) }
        // A file system without links: a copy.
        let copy = try PartialFile(kept + ".partial")
        try PageCopy(target: copy, control: TransferControl()).run(from: connection)
        try copy.place(at: kept, replacing: false)
        return kept
    }

    /// What cannot be opened is set aside as it is, with what belongs to it.
    private func replaceDamaged(by new: PartialFile) throws -> String {
        let kept = freeName()
        guard link(path, kept) == 0 || rename(path, kept) == 0 else {
            throw StorageError.directoryUnwritable(MigrationLock.directory(of: path))
        }
        for suffix in Self.sideFiles { rename(path + suffix, kept + suffix) }
        unlink(path + "-shm")
        try new.place(at: path, replacing: true)
        return kept
    }

    /// `webui.db.before-restore-20240501T123000Z`, or with a number if there is one of this second.
    private func freeName() -> String {
        let now = TimeText(seconds: Int64(time(nil)))?.timestamp ?? ""
        let stamp = now.filter { $0 != "-" && $0 != ":" }.replacing(" ", with: "T") + "Z"
        let name = "\(path).\(label)-\(stamp)"
        var number = 1
        while access(number == 1 ? name : "\(name)-\(number)", F_OK) == 0 { number += 1 }
        return number == 1 ? name : "\(name)-\(number)"
    }
}
