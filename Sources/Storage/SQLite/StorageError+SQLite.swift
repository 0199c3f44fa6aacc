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
        default:
            // The description holds the SQL text; its arguments are not in it (publicStatementArguments is off).
            return StorageError(.other, "SQLite failed on \(path): \(error.description)", advice: "")
        }
    }
}
