import Glibc
import Logging
import NIOPosix

/// Accepts connections on a thread of its own and hands them on.
///
/// Why not a channel of swift-nio: its server channel takes it for granted that a readable listener has a connection,
/// which is wrong when another process shares the socket and was faster (debug builds stop at an assertion), it
/// shortens the accept queue of an inherited socket, and one that closes takes along connections that are being set up.
final class Acceptor: Sendable {
    private static let pause: CInt = 100

    private let listeners: [CInt]
    /// Readable end first. Closing the other end stops the thread.
    private let wake: (reader: CInt, writer: CInt)
    private let logger: Logger
    private let accepted: @Sendable (CInt) -> Void
    private let pool = NIOThreadPool(numberOfThreads: 1)

    /// Owns `listeners`, which all accept, from now on, and closes them when it is stopped.
    /// - Parameter accepted: called on the thread with each new connection.
    init(_ listeners: [CInt], _ logger: Logger, accepted: @escaping @Sendable (CInt) -> Void) throws {
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw HTTPServerError.system(errno) }
        wake = (ends[0], ends[1])
        self.listeners = listeners
        self.logger = logger
        self.accepted = accepted
        for listener in listeners { Self.tune(listener) }
        pool.start()
    }

    deinit { close(wake.reader) }

    /// Returns when it has been stopped and the listeners are closed.
    func run() async {
        try? await pool.runIfActive { self.loop() }
        try? await pool.shutdownGracefully()
    }

    /// To be called once; from anywhere.
    func stop() { close(wake.writer) }

    // MARK: On the thread

    private func loop() {
        var entries = ([wake.reader] + listeners).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var isExhausted = false
        while true {
            // Without descriptors or memory to accept with, the listeners stay readable: let them rest.
            let count = isExhausted ? 1 : entries.count
            _ = poll(&entries, nfds_t(count), isExhausted ? Self.pause : -1)
            if entries[0].revents != 0 { break }
            isExhausted = false
            for entry in entries[1..<count] where entry.revents != 0 {
                if !accept(entry.fd) { isExhausted = true }
            }
        }
        for listener in listeners { close(listener) }
    }

    /// Takes some of what waits. False if the system has nothing left to accept with.
    private func accept(_ listener: CInt) -> Bool {
        for _ in 0..<64 {
            let connection = Glibc.accept(listener, nil, nil)
            if connection >= 0 {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                accepted(connection)
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED, EPROTO: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                logger.error("cannot accept connections", metadata: ["errno": "\(errno)"])
                return false
            default: return true
            }
        }
        return true
    }

    // MARK: Options

    /// Non-blocking, as another process may be faster. The rest is inherited by what is accepted: dead peers are found
    /// within two minutes also while nothing is sent. Options that a Unix socket lacks fail quietly.
    private static func tune(_ descriptor: CInt) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPIDLE, 60)
        set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPINTVL, 15)
        set(descriptor, CInt(IPPROTO_TCP), TCP_KEEPCNT, 4)
    }

    private static func set(_ descriptor: CInt, _ level: CInt, _ option: CInt, _ value: CInt) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }
}
