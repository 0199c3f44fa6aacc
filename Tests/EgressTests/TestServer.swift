import Glibc
import Synchronization

/// A TCP server on a port of its own; each connection runs a script on a thread of its own, and is closed after it.
final class TestServer: Sendable {
    let port: UInt16
    private let host: UInt8
    private let listener: CInt
    private let counts = Mutex((accepted: 0, open: 0))

    var accepted: Int { counts.withLock { $0.accepted } }
    var open: Int { counts.withLock { $0.open } }

    /// - Parameter host: the last byte of its address, 127.0.0.`host`.
    init(host: UInt8 = 1, _ script: @escaping @Sendable (ServerConnection) -> Void) {
        Self.raiseDescriptorLimit
        self.host = host
        (listener, port) = Self.listen(host: host, backlog: 1024)
        Self.startThread { [self] in accept(script) }
    }

    func url(_ path: String = "/") -> String { "http://127.0.0.\(host):\(port)\(path)" }

    func stop() { shutdown(listener, CInt(SHUT_RDWR)) }

    private func accept(_ script: @escaping @Sendable (ServerConnection) -> Void) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor < 0, errno == EINTR || errno == ECONNABORTED { continue }
            guard descriptor >= 0 else { break }
            counts.withLock {
                $0.accepted += 1
                $0.open += 1
            }
            Self.startThread { [self] in
                script(ServerConnection(descriptor))
                close(descriptor)
                counts.withLock { $0.open -= 1 }
            }
        }
        close(listener)
    }

    /// A listening socket on 127.0.0.`host` and its port.
    static func listen(host: UInt8 = 1, backlog: CInt) -> (CInt, UInt16) {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = (UInt32(0x7f00_0000) | UInt32(host)).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(descriptor, $0, length) == 0)
                precondition(Glibc.listen(descriptor, backlog) == 0)
                getsockname(descriptor, $0, &length)
            }
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func startThread(_ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 256 * 1024)
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body)).toOpaque()
        let result = pthread_create(
            &thread, &attributes,
            { pointer in
                if let pointer { Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            }, box)
        precondition(result == 0)
        pthread_attr_destroy(&attributes)
    }

    /// Many streams in one process need two descriptors each.
    private static let raiseDescriptorLimit: Void = {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = min(limit.rlim_max, 8192)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }()
}
