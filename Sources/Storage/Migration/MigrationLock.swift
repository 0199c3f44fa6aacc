import Glibc

/// The lock that one migrating process holds: `flock` on `<database>.martlet-lock`.
///
/// The kernel frees it when the process dies. The file stays: removing it could free a lock that another has taken.
struct MigrationLock: ~Copyable {
    private let file: Int32

    /// Waits up to `timeout` for the lock, blocking the thread.
    /// - Throws: `StorageError`: locked, directory not writable, disk full.
    init(database path: String, timeout: Duration) throws(StorageError) {
        let lockPath = path + ".martlet-lock"
        file = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.openError(path: lockPath) }
        let deadline = ContinuousClock.now + timeout
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < deadline else {
                // deinit closes the file.
                throw StorageError(
                    .locked, "Another process is preparing the database \(path).",
                    advice: "Is a second martlet running on this data directory? `fuser \(lockPath)` names it.")
            }
            usleep(20_000)
        }
    }

    deinit {
        close(file)
    }

    private static func openError(path: String) -> StorageError {
        switch errno {
        case ENOSPC, EDQUOT: .diskFull(path)
        default: .directoryUnwritable(Self.directory(of: path))
        }
    }

    /// The directory part of a path; `.` if it has none.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
