import Glibc

/// What lies at a path, told from `stat` and the first bytes, without SQLite and without leaving a trace.
enum FileState: Equatable {
    case absent
    case empty
    case notADatabase
    /// `wal`: it is in WAL mode. `pending`: beside it lies a WAL, or a journal that is not empty: it is in use,
    /// or its last user died.
    case database(size: Int64, wal: Bool, pending: Bool)

    private static let magic = Array("SQLite format 3\0".utf8)
    private static let headerSize = 100

    /// - Throws: `StorageError` if it cannot be read.
    static func of(_ path: String) throws(StorageError) -> FileState {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT, lstat(path, &status) != 0 { return .absent }
            throw .fileUnwritable(path)
        }
        // A FIFO or a device would block on open.
        guard status.st_mode & S_IFMT == S_IFREG else { return .notADatabase }
        if status.st_size == 0 { return .empty }
        let header = try readHeader(path)
        guard header.count == headerSize, header.starts(with: magic) else { return .notADatabase }
        let pending = exists(path + "-wal") || size(path + "-journal") > 0
        // Byte 19, the version for reading, is what makes SQLite look for a WAL; a sound file has 2 in byte 18 too.
        return .database(size: Int64(status.st_size), wal: header[19] == 2, pending: pending)
    }

    /// The size of a file; 0 if there is none.
    static func size(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    private static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    private static func readHeader(_ path: String) throws(StorageError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .fileUnwritable(path) }
        defer { close(file) }
        var header = [UInt8](repeating: 0, count: headerSize)
        let count = pread(file, &header, headerSize, 0)
        return Array(header.prefix(max(0, count)))
    }
}
