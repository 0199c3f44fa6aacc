import Contracts
import Glibc
import Link

/// Listening TCP sockets by name and number.
enum TCPSocket {
    /// Binds and listens on the first address that `host` stands for.
    static func listen(host: String, port: Int) throws(LinkError) -> CInt {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found)
        guard result == 0, let address = found else {
            throw LinkError(
                .invalidArgument,
                "HOST: \(host) is no address of this machine: \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(found) }
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let fd = socket(address.pointee.ai_family, kind, 0)
        guard fd >= 0 else { throw LinkError(.resourceExhausted, "socket: \(String(cString: strerror(errno)))") }
        var on: CInt = 1
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
        guard bind(fd, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0, Glibc.listen(fd, 4096) == 0 else {
            let error = errno
            close(fd)
            throw failure(host, port, error)
        }
        return fd
    }

    private static func failure(_ host: String, _ port: Int, _ error: CInt) -> LinkError {
        switch error {
        case EADDRINUSE:
            LinkError(.failedPrecondition, "\(host):\(port) is in use by another process; stop it or change PORT")
        case EACCES:
            LinkError(
                .permissionDenied, "no permission to listen on port \(port); ports below 1024 need a .socket unit")
        case EADDRNOTAVAIL: LinkError(.invalidArgument, "HOST: \(host) is no address of this machine")
        default: LinkError(.failedPrecondition, "cannot listen on \(host):\(port): \(String(cString: strerror(error)))")
        }
    }

    /// `host:port` of a bound TCP socket (IPv6 in brackets); nil for any other descriptor.
    static func address(_ fd: CInt) -> String? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: 64)
        var port = [CChar](repeating: 0, count: 16)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(fd, address, &length) == 0 else { return CInt(-1) }
                guard [AF_INET, AF_INET6].contains(CInt(address.pointee.sa_family)) else { return CInt(-1) }
                return getnameinfo(address, length, &host, 64, &port, 16, NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        guard result == 0 else { return nil }
        let name = text(host)
        return name.contains(":") ? "[\(name)]:\(text(port))" : "\(name):\(text(port))"
    }

    static func matches(_ address: String, host: String, port: Int) -> Bool {
        let wanted = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        if address == "\(wanted):\(port)" { return true }
        // "localhost" and the like: the address they stand for today is what counts.
        return wanted == "localhost" && address == "127.0.0.1:\(port)" || wanted.isEmpty && address == "0.0.0.0:\(port)"
    }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
