/// Why the database cannot be used, or a call on it failed.
///
/// `message` says what is wrong and `advice` what an operator can do; both are safe to print, neither holds data.
public struct StorageError: Error, Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        case directoryMissing
        case directoryUnwritable
        case fileUnwritable
        case notADatabase
        case notOpenWebUI
        case corrupt
        case diskFull
        /// An Alembic revision, or a Martlet migration, that this version does not know.
        case newerVersion(String)
        /// A known Alembic revision from before Open WebUI 0.8.3.
        case olderVersion(String)
        /// Another process is migrating.
        case locked
        /// The database was locked by another writer for longer than the busy time-out.
        case busy
        /// The database server cannot be reached, or does not answer.
        case unavailable
        /// Too many calls are waiting for the database.
        case overloaded
        case constraint
        /// A value cannot be stored or read as the type asked for.
        case invalidValue
        case closed
        /// There is no such database, or nothing in it.
        case absent
        /// The caller ended it; nothing was changed.
        case cancelled
        /// There is a file, or an account, that would be replaced, and nobody has said that it may be.
        case wouldReplace
        case other
    }

    public let reason: Reason
    public let message: String
    public let advice: String

    public init(_ reason: Reason, _ message: String, advice: String) {
        self.reason = reason
        self.message = message
        self.advice = advice
    }
}

extension StorageError: CustomStringConvertible {
    public var description: String { advice.isEmpty ? message : "\(message) \(advice)" }
}

extension StorageError {
    static func invalidValue(_ message: String) -> StorageError {
        StorageError(.invalidValue, message, advice: "")
    }

    static let overloaded = StorageError(
        .overloaded, "Too many calls are waiting for the database.", advice: "Try again in a moment.")

    static let closed = StorageError(.closed, "The database is closed.", advice: "")

    static let cancelled = StorageError(.cancelled, "It was interrupted; nothing was changed.", advice: "")

    static func diskFull(_ path: String) -> StorageError {
        StorageError(
            .diskFull, "There is no space left on the disk that holds \(path).",
            advice: "Free some space, then start again; the database is as it was.")
    }

    static func directoryUnwritable(_ directory: String) -> StorageError {
        StorageError(
            .directoryUnwritable, "The data directory \(directory) is not writable.",
            advice: "Make it writable for the user that runs martlet (chown), or choose another with DATA_DIR.")
    }

    static func fileUnwritable(_ path: String) -> StorageError {
        StorageError(
            .fileUnwritable, "The database \(path) is not writable.",
            advice: "Make it, and its directory, writable for the user that runs martlet (chown).")
    }

    static func notADatabase(_ path: String) -> StorageError {
        StorageError(
            .notADatabase, "\(path) is not an SQLite database.",
            advice: "Move it away to start with an empty database, or restore a backup in its place.")
    }

    static func corrupt(_ path: String, _ detail: String) -> StorageError {
        StorageError(
            .corrupt, "The database \(path) is damaged: \(detail).",
            advice: "Restore a backup; `sqlite3 FILE .recover` may save what is readable. Nothing was changed.")
    }
}
