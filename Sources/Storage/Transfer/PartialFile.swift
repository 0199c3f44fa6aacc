import Glibc

/// A database in the making: a file of its own name that only its owner may read, and that gets its real name when it is
/// whole.
///
/// A lock of the kernel tells a file that is being written from one that a killed process left, which is replaced.
final class PartialFile {
    let path: String
    let descriptor: Int32
    private var isPlaced = false

    /// - Throws: `StorageError`: locked, directory not writable, disk full.
    init(_ path: String) throws(StorageError) {
        self.path = path
        try Self.removeLeftover(path)
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        // Not this one's yet: deinit, which would remove what another has just made, does not run.
        guard file >= 0 else { throw Self.failure(path) }
        descriptor = file
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    deinit {
        if !isPlaced { Migrator.remove(path) }
        close(descriptor)
    }

    /// Removes what a killed process left there.
    private static func removeLeftover(_ path: String) throws(StorageError) {
        let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return Migrator.remove(path) }
            throw failure(path)
        }
        defer { close(file) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0, FileIdentity(descriptor: file) == FileIdentity(path: path) else {
            throw StorageError(.locked, "Another process is writing \(path).", advice: "Wait for its end.")
        }
        Migrator.remove(path)
    }

    private static func failure(_ path: String) -> StorageError {
        let directory = MigrationLock.directory(of: path)
        switch errno {
        case ENOSPC, EDQUOT: return .diskFull(path)
        case let number:
            return StorageError(
                .directoryUnwritable, "\(path) cannot be made: \(String(cString: strerror(number))).",
                advice: "Does \(directory) exist, and may this user write there?")
        }
    }

    /// Gives it to the owner of another file, where only root can: the server must be able to open it.
    func give(toOwnerOf other: String) {
        var status = stat()
        if geteuid() == 0, stat(other, &status) == 0 { fchown(descriptor, status.st_uid, status.st_gid) }
    }

    /// Waits until all that was written is on the disk.
    func sync() throws(StorageError) {
        guard fdatasync(descriptor) == 0 else { throw .diskFull(path) }
    }

    /// Gives it its real name, so that a power cut finds the old file or the new one.
    /// - Throws: `StorageError.Reason.wouldReplace` if a file has it that may not be replaced.
    func place(at target: String, replacing: Bool) throws(StorageError) {
        guard fsync(descriptor) == 0 else { throw .diskFull(path) }
        if replacing {
            guard rename(path, target) == 0 else { throw Self.failure(target) }
        } else {
            try link(to: target)
        }
        isPlaced = true
        try Migrator.sync(MigrationLock.directory(of: target))
    }

    /// Unlike a rename, a link never replaces what somebody has just made.
    private func link(to target: String) throws(StorageError) {
        if Glibc.link(path, target) == 0 {
            unlink(path)
        } else if errno == EEXIST || access(target, F_OK) == 0 {
            throw .wouldReplace(target)
        } else {
            // A file system without links.
            guard rename(path, target) == 0 else { throw Self.failure(target) }
        }
    }
}

/// Which file a path or a descriptor leads to.
struct FileIdentity: Equatable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let changedSeconds: Int
    let changedNanoseconds: Int

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        changedSeconds = status.st_mtim.tv_sec
        changedNanoseconds = status.st_mtim.tv_nsec
    }

    /// Nil if there is no such file.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    func isSameFile(as other: FileIdentity?) -> Bool { device == other?.device && inode == other?.inode }
}

extension StorageError {
    static func wouldReplace(_ path: String) -> StorageError {
        StorageError(.wouldReplace, "\(path) exists.", advice: "Choose another name, or replace it with --force.")
    }
}
