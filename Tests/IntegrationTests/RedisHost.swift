import FoundationEssentials
import Glibc
import Synchronization

/// A real Redis on a Unix socket in a directory of its own; stopped and removed with `stop`, or when nobody holds it.
final class RedisHost: Sendable {
    let directory: String
    private let server = Mutex<ChildProcess?>(nil)

    static let password = "open-sesame"
    var url: String { "unix://:\(Self.password)@\(directory)/redis.sock" }

    init() async throws {
        directory = Martlet.temporaryDirectory()
        try await start()
    }

    deinit { kill() }

    func start() async throws {
        let process = try ChildProcess(
            "/usr/bin/env",
            [
                "redis-server", "--port", "0", "--unixsocket", directory + "/redis.sock", "--requirepass",
                Self.password, "--save", "", "--appendonly", "no", "--dir", directory,
            ], output: directory + "/log")
        server.withLock { $0 = process }
        try await eventually("Redis answers: \(log)") { try await ask("PING") == "PONG" }
    }

    /// What redis-cli prints.
    func ask(_ words: String...) async throws -> String {
        let output = "\(directory)/answer-\(UInt32.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: output) }
        let process = try ChildProcess(
            "/usr/bin/env", ["redis-cli", "-s", directory + "/redis.sock"] + words, output: output,
            environment: ["REDISCLI_AUTH": Self.password])
        _ = await process.end(within: .seconds(10))
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        return String(text.trimmingPrefix { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }

    /// As its sudden death; `start` brings it back without what it knew.
    func kill() {
        let process = server.withLock { server in
            defer { server = nil }
            return server
        }
        process?.signal(SIGKILL)
        process?.reap()
    }

    func stop() {
        kill()
        try? FileManager.default.removeItem(atPath: directory)
    }

    private var log: String { (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? "" }
}
