import Contracts
import Glibc
import Link
import Testing

@testable import Supervisor

@Suite struct TCPSocketTests {
    static func port(_ address: String) -> Int? { address.split(separator: ":").last.flatMap { Int($0) } }

    static func failure(_ host: String, _ port: Int) -> LinkError? {
        do throws(LinkError) {
            close(try TCPSocket.listen(host: host, port: port))
            return nil
        } catch {
            return error
        }
    }

    @Test("port 0 gives a free port that listens without blocking and is not inherited by accident")
    func anyPort() throws {
        let fd = try TCPSocket.listen(host: "127.0.0.1", port: 0)
        defer { close(fd) }
        let address = try #require(TCPSocket.address(fd))
        #expect(address.hasPrefix("127.0.0.1:") && (Self.port(address) ?? 0) > 0)
        #expect(fcntl(fd, F_GETFL) & O_NONBLOCK != 0 && fcntl(fd, F_GETFD) & FD_CLOEXEC != 0)
        #expect(accept(fd, nil, nil) == -1 && errno == EAGAIN)
    }

    @Test("a port that is taken is said to be, and what to do about it")
    func occupied() throws {
        let fd = try TCPSocket.listen(host: "127.0.0.1", port: 0)
        defer { close(fd) }
        let port = try #require(TCPSocket.address(fd).flatMap(Self.port))
        let error = Self.failure("127.0.0.1", port)
        #expect(error?.code == .failedPrecondition)
        #expect(error?.text == "127.0.0.1:\(port) is in use by another process; stop it or change PORT")
    }

    @Test(
        "a host that is no address of this machine is named",
        arguments: ["192.0.2.1", String(repeating: "x", count: 300), "1.2.3.4.5.6:7"])
    func badHost(_ host: String) {
        let error = Self.failure(host, 0)
        #expect(error?.code == .invalidArgument)
        #expect(error?.text.hasPrefix("HOST: \(host) is no address of this machine") == true)
    }

    @Test("an empty host is every address")
    func everywhere() throws {
        let fd = try TCPSocket.listen(host: "", port: 0)
        defer { close(fd) }
        let address = try #require(TCPSocket.address(fd))
        #expect(address.hasPrefix("0.0.0.0:") || address.hasPrefix("[::]:"))
        #expect(TCPSocket.matches(address, host: "", port: try #require(Self.port(address))))
    }

    @Test("a descriptor that is no TCP socket has no address")
    func noAddress() throws {
        var pair: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for fd in pair { close(fd) } }
        #expect(TCPSocket.address(pair[0]) == nil && TCPSocket.address(-1) == nil)
    }

    @Test(
        "a stored socket matches what is configured only by address and port",
        arguments: [
            ("0.0.0.0:80", "0.0.0.0", 80, true), ("0.0.0.0:80", "0.0.0.0", 8, false), ("0.0.0.0:80", "", 80, true),
            ("127.0.0.1:80", "0.0.0.0", 80, false), ("127.0.0.1:80", "localhost", 80, true),
            ("127.0.0.1:80", "localhost", 81, false), ("10.0.0.1:80", "localhost", 80, false),
            ("127.0.0.1:80", "", 80, false), ("[::1]:80", "::1", 80, true), ("[::1]:80", "[::1]", 80, true),
            ("[::1]:80", "::", 80, false), ("[::]:80", "::", 80, true), ("127.0.0.1:8080", "127.0.0.1:80", 80, false),
        ])
    func matches(_ address: String, _ host: String, _ port: Int, _ expected: Bool) {
        #expect(TCPSocket.matches(address, host: host, port: port) == expected)
    }
}
