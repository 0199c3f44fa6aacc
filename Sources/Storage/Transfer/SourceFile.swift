import GRDB

/// The file of a restore or an import: an SQLite database of Open WebUI or Martlet, opened for reading only, and never
/// changed.
///
/// A WAL beside it is read too; SQLite makes its index file (`-shm`) then, and leaves it.
struct SourceFile {
    let path: String
    private let name: String
    private let identity: FileIdentity?

    /// - Throws: `StorageError` if it is no database.
    init(_ path: String) throws(StorageError) {
        self.path = path
        switch try FileState.of(path) {
        case .absent: throw StorageError(.absent, "There is no file \(path).", advice: "")
        case .empty: throw StorageError(.notADatabase, "\(path) is empty.", advice: "Give Open WebUI's webui.db.")
        case .notADatabase:
            throw StorageError(
                .notADatabase, "\(path) is not an SQLite database.",
                advice: "Give Open WebUI's webui.db, or what `martlet backup` made.")
        case .database(let size, let wal, let pending):
            name = DatabaseInspector(path: path, size: size, wal: wal, pending: pending).readOnlyName
        }
        identity = FileIdentity(path: path)
    }

    func isSameFile(as other: String) -> Bool { identity?.isSameFile(as: FileIdentity(path: other)) == true }

    /// Runs a body in a read transaction on it, once its version has been looked at.
    func read<Value>(_ control: TransferControl, _ body: (GRDB.Database) throws -> Value) throws -> Value {
        var configuration = SQLiteEngine.configuration()
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: name, configuration: configuration)
            defer { try? queue.close() }
            return try control.interruptible(queue) {
                try queue.read { connection in
                    try check(connection)
                    return try body(connection)
                }
            }
        } catch let error as DatabaseError {
            throw failure(error)
        }
    }

    /// What was read without locks must still be what it was.
    func checkUnchanged() throws(StorageError) {
        guard FileIdentity(path: path) != identity else { return }
        throw StorageError(
            .busy, "\(path) was written to while it was read.",
            advice: "Stop the program that uses it (Open WebUI?), then try again. Nothing was changed.")
    }

    private func check(_ connection: GRDB.Database) throws {
        let inspector = DatabaseInspector(path: path, size: 0, wal: false, pending: false)
        do {
            try inspector.find(connection).check(known: Migration.all.map(\.name), path: path)
        } catch let error as StorageError {
            switch error.reason {
            case .olderVersion:
                throw StorageError(
                    error.reason, error.message,
                    advice: "Start Open WebUI 0.8.3 on it once, which brings it up to date, then run this again.")
            case .newerVersion: throw StorageError(error.reason, error.message, advice: "Install a newer martlet.")
            case .notOpenWebUI:
                throw StorageError(error.reason, error.message, advice: "Give Open WebUI's webui.db.")
            default: throw error
            }
        }
    }

    private func failure(_ error: DatabaseError) -> any Error {
        switch error.resultCode {
        case .SQLITE_READONLY, .SQLITE_CANTOPEN:
            // Whoever opens it for writing rolls back what a killed program left; that would change it.
            StorageError(
                .other,
                "\(path) cannot be read as it is: a program that wrote to it was killed, or it lies where SQLite "
                    + "cannot make the files it needs.",
                advice: "Copy it, with the -journal or -wal beside it, to a directory of yours, open the copy once "
                    + "(`sqlite3 COPY .tables`), and give that.")
        case .SQLITE_BUSY:
            StorageError(
                .busy, "\(path) is locked by another program.",
                advice: "Stop the program that uses it (Open WebUI?), then try again.")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: StorageError.from(error, path: path)
        // Of the target, maybe.
        default: error
        }
    }
}
