import Glibc

/// Room on a disk, looked at before much is written.
enum DiskSpace {
    /// Bytes that stay free beside what is written.
    static let reserve: Int64 = 4 << 20

    /// Bytes free to this user on the file system of a directory; nil if it does not say.
    static func free(_ directory: String) -> Int64? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }

    /// - Throws: `StorageError.Reason.diskFull`.
    static func check(_ needed: Int64, in directory: String) throws(StorageError) {
        guard let free = free(directory), free < needed + reserve else { return }
        throw StorageError(
            .diskFull,
            "There is no space left for this: \(ByteCount(needed)) are needed, and the disk of \(directory) has "
                + "\(ByteCount(free)) free.",
            advice: "Free some space, or choose another place. Nothing was changed.")
    }
}
