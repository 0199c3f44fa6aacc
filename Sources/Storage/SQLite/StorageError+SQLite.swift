import GRDB

extension StorageError {
    /// What an error of SQLite means to an operator; any other error is given back as it is.
    static func from(_ error: any Error, path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_FULL:
            return diskFull(path)
        case .SQLITE_CORRUPT:
            return corrupt(path, error.message ?? "malformed")
        case .SQLITE_NOTADB:
            return notADatabase(path)
        case .SQLITE_READONLY, .SQLITE_PERM:
            return fileUnwritable(path)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StorageError(
                .busy, "The database \(path) is locked by another program.",
                advice: "Stop the other program (a running Open WebUI?), then try again.")
        case .SQLITE_CONSTRAINT:
            return StorageError(.constraint, error.message ?? "A constraint failed.", advice: "")
        case .SQLITE_CANTOPEN:
            return StorageError(
                .other, "\(path) cannot be opened.", advice: "Look at the rights of the file and of its directory.")
        case .SQLITE_IOERR:
            return StorageError(
                .other, "Reading or writing \(path) failed (\(error.message ?? "disk I/O error")).",
                advice: "Look for faults of the disk (`dmesg`), a quota, a limit on the size of files (`ulimit -f`).")
        default:
            // The description holds the SQL text; its arguments are not in it (publicStatementArguments is off).
            return StorageError(.other, "SQLite failed on \(path): \(error.description)", advice: "")
        }
    }
}
