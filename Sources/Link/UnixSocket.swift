import CLinux
import Contracts
import Glibc

/// Addresses of Unix sockets, which C makes awkward.
public enum UnixSocket {
    /// Longest path that fits into `sockaddr_un`, without its final zero.
    public static let maximumPathLength = 107

    /// Connects without blocking. A full backlog (EAGAIN) is reported as safe to try again.
    public static func connect(_ path: String) throws(LinkError) -> CInt {
        let fd = socket(
            AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard fd >= 0 else { throw LinkError(.resourceExhausted, "socket: \(errnoText())") }
        let result = try withAddress(path) { Glibc.connect(fd, $0, $1) }
        guard result == 0 else {
            let error = errno
            close(fd)
            switch error {
            case ENOENT, ECONNREFUSED:
                throw LinkError(.unavailable, "nothing listens on \(path)", isSafeToRetry: true)
            case EACCES, EPERM: throw LinkError(.permissionDenied, "no permission for \(path)")
            case EAGAIN: throw LinkError(.unavailable, "the queue of \(path) is full", isSafeToRetry: true)
            default: throw LinkError(.unavailable, "\(path): \(errnoText(error))", isSafeToRetry: true)
            }
        }
        return fd
    }

    /// Binds and listens. A socket file that nobody listens on is replaced; a live one is an error.
    public static func listen(_ path: String, mode: mode_t, group: gid_t?, backlog: CInt = 4096) throws(LinkError)
        -> CInt
    {
        if let fd = try? connect(path) {
            close(fd)
            throw LinkError(.failedPrecondition, "\(path) is in use by another process")
        }
        unlink(path)
        let fd = socket(
            AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard fd >= 0 else { throw LinkError(.resourceExhausted, "socket: \(errnoText())") }
        // Bound, made ours, and only then listening: nobody can connect before owner and mode are right.
        let bound = try withAddress(path) { bind(fd, $0, $1) }
        let error = errno
        guard bound == 0 else {
            close(fd)
            throw LinkError(.failedPrecondition, "cannot bind \(path): \(errnoText(error))")
        }
        if let group { _ = chown(path, uid_t.max, group) }
        guard chmod(path, mode) == 0, Glibc.listen(fd, backlog) == 0 else {
            let text = errnoText()
            close(fd)
            throw LinkError(.failedPrecondition, "cannot listen on \(path): \(text)")
        }
        return fd
    }

    static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) throws(LinkError) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count <= maximumPathLength, !bytes.isEmpty, !bytes.contains(0) else {
            throw LinkError(
                .invalidArgument, "a socket's path has 1 to \(maximumPathLength) bytes; \(path) has \(bytes.count)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    static func errnoText(_ error: CInt = errno) -> String { String(cString: strerror(error)) }
}

extension UnixSocket {
    /// The path that a Unix socket is bound to; nil for any other descriptor.
    public static func path(of fd: CInt) -> String? {
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(fd, $0, &length) }
        }
        guard result == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
        return withUnsafeBytes(of: address.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
