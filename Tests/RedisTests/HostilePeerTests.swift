import DaemonKit
import Foundation
import Glibc
import Testing

@testable import Redis

/// What listens is no Redis, or means harm.
@Suite("Redis: hostile peers", .timeLimit(.minutes(2)))
struct HostilePeerTests {
    @Test(
        "whatever a peer says, it is refused in time and its connection ended",
        arguments: [
            "", "hello\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "+PONG", "$-7\r\n", "$99999999999999999999\r\n",
            "*99999999\r\n", "*2147483647\r\n", "*-9\r\n", ":x\r\n", "-\r\n", "\r\n\r\n", "\u{0}\u{0}\u{0}",
            String(repeating: "*1\r\n", count: 20), "$2000000\r\n" + String(repeating: "x", count: 1_200_000),
        ])
    func nonsense(_ text: String) async throws {
        let peer = try Peer(says: Array(text.utf8))
        let log = LogRecorder()
        let client = try RedisClient(
            RedisURL("unix://\(peer.path)"), limits: .quick, health: RedisHealth(logger: log.logger, place: ""))
        try await eventually("it is refused several times") { log.everything.split(separator: "\n").count > 2 }
        #expect(log.entries.count == 1 && log.entries[0].hasPrefix("warning") && !client.isUp)
        await client.stop()
        peer.stop()
    }

    @Test("a peer that answers a byte at a time is given up at the deadline")
    func dribbling() async throws {
        let peer = try Peer(
            says: Array("+" + String(repeating: "P", count: 10_000)).map { $0.asciiValue ?? 0 }, slowly: true)
        let log = LogRecorder()
        let client = try RedisClient(
            RedisURL("unix://\(peer.path)"), limits: .quick, health: RedisHealth(logger: log.logger, place: ""))
        let noticed = try await time { try await eventually("it is given up") { log.entries.count == 1 } }
        #expect(noticed < .seconds(3) && log.entries[0].contains("no answer within"))
        await client.stop()
        peer.stop()
    }
}

/// Says its text to everybody who connects, and hangs up when they do.
private final class Peer: Sendable {
    let path: String
    private let directory: String
    private let listener: CInt

    init(says bytes: [UInt8], slowly: Bool = false) throws {
        var name = Array("/tmp/martlet-peer-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw Missed(description: "mkdtemp") }
        directory = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = directory + "/sock"
        listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard bound, listen(listener, 16) == 0 else { throw Missed(description: "listen") }
        Thread.detachNewThread { [listener] in Self.serve(listener, bytes, slowly) }
    }

    private static func serve(_ listener: CInt, _ bytes: [UInt8], _ slowly: Bool) {
        while case let fd = accept(listener, nil, nil), fd >= 0 {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    send(fd, $0.baseAddress, slowly ? 1 : $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
                if slowly { usleep(20_000) }
            }
            var byte: UInt8 = 0
            while recv(fd, &byte, 1, 0) > 0 {}
            close(fd)
        }
        close(listener)
    }

    func stop() {
        shutdown(listener, CInt(SHUT_RDWR))
        try? FileManager.default.removeItem(atPath: directory)
    }
}
