import GRDB
import Glibc

/// A copy of a whole SQLite database, page by page, of one state of it.
///
/// The source's connection is inside a read transaction: in WAL mode it keeps the state as it is for us, holds up no
/// writer, and is not held up by one. The price is a WAL that grows by what is written meanwhile.
struct PageCopy {
    /// A mebibyte of ordinary pages.
    private static let pagesPerStep: Int32 = 256
    /// What is not on the disk yet would be written in one go at the end, and commits of the server would queue behind it.
    private static let syncInterval: Int64 = 32 << 20

    let target: PartialFile
    let control: TransferControl

    /// Bytes of the state that the connection's transaction sees.
    static func size(_ source: GRDB.Database) throws -> Int64 {
        let pages = try Int64.fetchOne(source, sql: "PRAGMA page_count") ?? 0
        return pages * (try Int64.fetchOne(source, sql: "PRAGMA page_size") ?? 0)
    }

    func run(from source: GRDB.Database) throws {
        let pageSize = try Int64.fetchOne(source, sql: "PRAGMA page_size") ?? 0
        var synced: Int64 = 0
        let queue = try DatabaseQueue(path: target.path, configuration: Self.configuration())
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { connection in
            try source.backup(to: connection, pagesPerStep: Self.pagesPerStep) { progress in
                let done = Int64(progress.completedPageCount) * pageSize
                let total = Int64(progress.totalPageCount) * pageSize
                if done - synced >= Self.syncInterval {
                    try target.sync()
                    synced = done
                }
                try control.tell(TransferProgress(.copying, done: done, total: total))
            }
        }
        try control.check()
    }

    /// For a file that counts for nothing until it is whole and synced: no waiting for the disk in between.
    static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { connection in
            try connection.execute(
                sql: "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384")
        }
        return configuration
    }

    /// Reads the copy through, and compares how many rows each table has.
    func verify(_ queue: DatabaseQueue, counts: [String: Int64]) throws {
        try control.tell(TransferProgress(.verifying))
        try control.interruptible(queue) {
            try queue.inDatabase { connection in
                try connection.checkIntegrity(of: target.path)
                guard try connection.rowCounts(control) == counts else {
                    throw StorageError(
                        .corrupt, "The copy \(target.path) has not the rows of its source.",
                        advice: "Look for faults of the disk (`dmesg`), then try again. Nothing was changed.")
                }
            }
        }
    }
}
