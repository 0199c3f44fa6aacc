import Contracts
import Glibc
import Reactor
import Testing

@testable import Link

/// On the reactor, because `listen` changes the process's umask for a moment.
@Suite @ReactorActor struct UnixSocketTests {
    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }

    @Test("a socket has the mode it was given, and tells its path", arguments: [mode_t(0o600), 0o660, 0o666])
    func mode(_ mode: mode_t) throws {
        let directory = try TemporaryDirectory()
        let fd = try UnixSocket.listen(directory.socket, mode: mode, group: nil)
        defer { close(fd) }
        let status = try #require(Self.status(directory.socket))
        #expect(status.st_mode & 0o777 == mode && status.st_mode & S_IFMT == S_IFSOCK)
        #expect(UnixSocket.path(of: fd) == directory.socket)
    }

    @Test("a socket belongs to the group it was given", .enabled(if: geteuid() == 0))
    func group() throws {
        let directory = try TemporaryDirectory()
        let fd = try UnixSocket.listen(directory.socket, mode: 0o660, group: 4242)
        defer { close(fd) }
        #expect(Self.status(directory.socket)?.st_gid == 4242)
    }

    @Test("a file that nobody listens on is replaced, a live socket is not touched")
    func replaced() throws {
        let directory = try TemporaryDirectory()
        let first = try UnixSocket.listen(directory.socket, mode: 0o600, group: nil)
        let before = Self.status(directory.socket)?.st_ino
        let error = #expect(throws: LinkError.self) {
            try UnixSocket.listen(directory.socket, mode: 0o600, group: nil)
        }
        #expect(error?.code == .failedPrecondition && Self.status(directory.socket)?.st_ino == before)
        close(first)
        #expect(throws: LinkError.self) { try UnixSocket.connect(directory.socket) }
        let second = try UnixSocket.listen(directory.socket, mode: 0o600, group: nil)
        close(try UnixSocket.connect(directory.socket))
        close(second)
    }

    @Test("a folder that does not exist, and a path that does not fit, are errors that name the path")
    func badPaths() throws {
        let directory = try TemporaryDirectory()
        let missing = directory.path + "/none/test.sock"
        let error = #expect(throws: LinkError.self) { try UnixSocket.listen(missing, mode: 0o600, group: nil) }
        #expect(error?.code == .failedPrecondition && error?.text.contains(missing) == true)
        for path in ["", "a\0b", String(repeating: "x", count: UnixSocket.maximumPathLength + 1)] {
            let error = #expect(throws: LinkError.self) { try UnixSocket.listen(path, mode: 0o600, group: nil) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("a descriptor that is no Unix socket has no path")
    func noPath() {
        let fd = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(fd) }
        #expect(UnixSocket.path(of: fd) == nil)
    }

    @Test("a full queue is an error that is safe to try again")
    func fullQueue() throws {
        let directory = try TemporaryDirectory()
        let fd = try UnixSocket.listen(directory.socket, mode: 0o600, group: nil, backlog: 0)
        var clients: [CInt] = []
        defer { for descriptor in clients + [fd] { close(descriptor) } }
        let error = #expect(throws: LinkError.self) {
            while clients.count < 10 { clients.append(try UnixSocket.connect(directory.socket)) }
        }
        #expect(error?.code == .unavailable && error?.isSafeToRetry == true)
    }
}
