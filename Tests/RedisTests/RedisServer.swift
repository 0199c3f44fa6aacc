import DaemonKit
import Foundation
import Glibc

@testable import Redis

/// A Redis of the tests' own, on a Unix socket in a directory under /tmp, or on a free TCP port too.
///
/// A small shell script holds it: it obeys orders on its standard input, and when that ends, because the tests have ended
/// or were killed, it kills the server and removes the directory.
final class RedisServer: Sendable {
    let directory: String
    let port: Int
    private let orders: FileHandle
    private let answers: FileHandle

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter options: of redis-server; words of one option separated by spaces.
    init(tcp: Bool = false, _ options: [String] = []) async throws {
        var name = Array("/tmp/martlet-redis-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw Missing(description: "mkdtemp failed") }
        directory = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        port = tcp ? try Self.freePort() : 0
        let (input, output) = (Pipe(), Pipe())
        // Else other children of the tests would hold the server.
        for handle in [input.fileHandleForWriting, output.fileHandleForReading] {
            _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        orders = input.fileHandleForWriting
        answers = output.fileHandleForReading
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments =
            ["-c", Self.script, "sh", directory, String(port)]
            + options.flatMap { $0.split(separator: " ", omittingEmptySubsequences: false).map(String.init) }
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try await start()
    }

    deinit { try? orders.close() }

    func start() async throws { try await order("start") }
    /// SIGKILL.
    func kill() async throws { try await order("kill") }
    /// The server lives, but does nothing any more.
    func freeze() async throws { try await order("freeze") }
    func thaw() async throws { try await order("thaw") }

    var socket: String { directory + "/redis.sock" }
    var tcp: String { "127.0.0.1:\(port)" }

    func url(database: Int = 0, credentials: String = "") throws -> RedisURL {
        try RedisURL("unix://\(credentials)\(socket)?db=\(database)")
    }

    /// On a thread of its own: the cooperative pool has two threads on a small machine, and all tests share them.
    private func order(_ text: String) async throws {
        let (orders, answers) = (orders, answers)
        let answer = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try orders.write(contentsOf: Data("\(text)\n".utf8))
                        return try answers.read(upToCount: 1)
                    })
            }
        }
        guard answer == Data(".".utf8) else {
            let log = (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
            throw Missing(
                description: "redis-server did not \(text) (scripts/setup.sh --test installs it): \(log)")
        }
    }

    /// Free at this moment; redis-server cannot choose for itself.
    private static func freePort() throws -> Int {
        let fd = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(fd) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(fd, generic, size) == 0 && getsockname(fd, generic, &size) == 0
            }
        }
        guard result else { throw Missing(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static let script = """
        dir=$1 port=$2
        shift 2
        umask 077
        trap '' PIPE
        trap finish EXIT
        pid=
        finish() {
            if [ "$pid" ]; then kill -KILL $pid; wait $pid; fi 2>/dev/null
            cd / && rm -rf "$dir"
        }
        cd "$dir" || exit
        while read -r order; do
            case $order in
            start)
                redis-server --port "$port" --bind 127.0.0.1 --unixsocket "$dir/redis.sock" --save '' \\
                    --appendonly no --dir "$dir" "$@" >>log 2>&1 </dev/null &
                pid=$!
                until redis-cli -s "$dir/redis.sock" ping >/dev/null 2>&1; do
                    kill -0 $pid || exit
                    sleep 0.02
                done ;;
            kill) kill -KILL $pid; wait $pid 2>/dev/null; pid= ;;
            freeze) kill -STOP $pid ;;
            thaw) kill -CONT $pid ;;
            esac
            printf .
        done
        """
}
