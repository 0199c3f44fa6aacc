import Crypto
import Glibc
import NIOCore
import Storage
import Synchronization

/// A model's file between whoever sends it and the Ollama servers. It has no name from the moment it is made: closing it
/// removes it, whatever becomes of this process. Its digest is made as it is written.
///
/// Reading and writing block, so they run on threads of their own; one call at a time.
final class ModelFile: Sendable {
    enum Failure: Error, Equatable {
        /// Too long for the limit, or for the disk.
        case tooLong(limit: Int)
        case noSpace
        /// `errno`.
        case system(CInt)
    }

    private struct State: ~Copyable {
        let descriptor: CInt
        let limit: Int
        var size = 0
        var hash = SHA256()

        deinit { close(descriptor) }
    }

    /// Bytes of the disk that are left to others.
    static let reserve = 512 << 20
    private static let prefix = ".model-"
    private static let workers = WorkerPool(name: "model-files", threads: 4, capacity: 1024)

    private let state: Mutex<State>

    private init(_ descriptor: CInt, limit: Int) {
        state = Mutex(State(descriptor: descriptor, limit: limit))
    }

    /// - Parameters:
    ///   - directory: is made where it is missing.
    ///   - expected: bytes that are known to come; 0: not known.
    ///   - limit: bytes that may come.
    static func create(in directory: String, expecting expected: Int, limit: Int) async throws -> ModelFile {
        try await workers.run {
            guard expected <= limit else { throw Failure.tooLong(limit: limit) }
            let descriptor = try open(directory)
            let file = ModelFile(descriptor, limit: limit)
            try checkSpace(descriptor, for: expected)
            return file
        }
    }

    private static func open(_ directory: String) throws -> CInt {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw Failure.system(errno) }
        let path = "\(directory)/\(prefix)\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure.system(errno) }
        unlink(path)
        return descriptor
    }

    private static func checkSpace(_ descriptor: CInt, for count: Int) throws {
        var space = statvfs()
        guard fstatvfs(descriptor, &space) == 0 else { return }
        let available = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
        guard available.overflow || available.partialValue >= UInt64(count) + UInt64(reserve) else {
            throw Failure.noSpace
        }
    }

    /// Takes away what a process left that died between making a file and taking its name away.
    static func removeLeftovers(in directory: String) async {
        try? await workers.run { removeNames(in: directory) }
    }

    private static func removeNames(in directory: String) {
        guard let listing = opendir(directory) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(prefix) { unlink("\(directory)/\(name)") }
        }
    }

    static func directory(in dataDirectory: String) -> String { dataDirectory + "/uploads" }

    var size: Int { state.withLock { $0.size } }

    /// `sha256:` and 64 hexadecimal digits, of all that was written.
    var digest: String {
        let bytes = state.withLock { Array($0.hash.finalize()) }
        return "sha256:" + bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }

    func append(_ bytes: ByteBuffer) async throws {
        try await Self.workers.run { [self] in
            try state.withLock { state in
                guard state.size + bytes.readableBytes <= state.limit else {
                    throw Failure.tooLong(limit: state.limit)
                }
                try bytes.withUnsafeReadableBytes { try Self.write($0, at: state.size, to: state.descriptor) }
                bytes.withUnsafeReadableBytes { state.hash.update(bufferPointer: $0) }
                state.size += bytes.readableBytes
            }
        }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, to descriptor: CInt) throws {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            let count = pwrite(descriptor, base + done, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let isFull = count == 0 || [ENOSPC, EDQUOT, EFBIG].contains(errno)
                throw isFull ? Failure.noSpace : Failure.system(errno)
            }
            done += count
        }
    }

    /// At most `count` bytes from `offset` on; none at the end.
    func read(at offset: Int, count: Int) async throws -> ByteBuffer {
        try await Self.workers.run { [self] in
            try state.withLock { state in
                var buffer = ByteBufferAllocator().buffer(capacity: count)
                var result = 0
                let descriptor = state.descriptor
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
                    repeat {
                        result = pread(descriptor, room.baseAddress, min(room.count, count), off_t(offset))
                    } while result < 0 && errno == EINTR
                    return max(0, result)
                }
                guard result >= 0 else { throw Failure.system(errno) }
                return buffer
            }
        }
    }
}
