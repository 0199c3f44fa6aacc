import Glibc

/// Who uses a data directory: supervisors hold its lock together, a restore or an import alone.
///
/// `flock` on the directory itself: the kernel frees it with the process, and no file is left.
public struct DataDirectoryLock: ~Copyable, Sendable {
    public enum Kind: Sendable {
        case shared
        case exclusive
    }

    private let descriptor: Int32

    /// Does not wait. Where there is no directory, or a file system without locks, there is nothing to hold.
    /// - Throws: `StorageError.Reason.locked`.
    public init(_ directory: String, _ kind: Kind) throws(StorageError) {
        descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0,
            errno == EWOULDBLOCK
        else { return }
        // Thrown from here on, deinit closes it.
        switch kind {
        case .shared:
            throw StorageError(
                .locked, "A restore or an import is under way in the data directory \(directory).",
                advice: "Start martlet when it is done.")
        case .exclusive:
            throw StorageError(
                .locked, "The data directory \(directory) is in use by a running martlet.",
                advice: "Stop it first (`systemctl stop martlet`), then try again.")
        }
    }

    /// Holds it for as long as the process lives, and beyond an exec that keeps the descriptor.
    /// - Returns: the descriptor, which closes itself on exec; -1 if there is none.
    public consuming func keep() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
