import FoundationEssentials
import Glibc
import Synchronization
import Testing

/// The real binary, started in directories of its own and on a port of its own; stopped and removed with `stop`, and at
/// the latest when nobody holds it any more.
final class Martlet: Sendable {
    let directory: String
    private let current: Mutex<(process: ChildProcess, port: Int)>

    var process: ChildProcess { current.withLock { $0.process } }
    var port: Int { current.withLock { $0.port } }
    var runtime: String { directory + "/run" }
    var data: String { directory + "/data" }
    var base: String { "http://127.0.0.1:\(port)" }

    static let executable: String = {
        // The test bundle lies beside the products.
        var path = CommandLine.arguments[0]
        if let slash = path.lastIndex(of: "/") { path = String(path[..<slash]) }
        while !path.isEmpty, access(path + "/martlet", X_OK) != 0 {
            path = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        }
        return path + "/martlet"
    }()

    private init(directory: String, process: ChildProcess) {
        self.directory = directory
        current = Mutex((process, 0))
    }

    deinit { destroy() }

    static func temporaryDirectory() -> String {
        var template = Array("/tmp/martlet-test-XXXXXX".utf8CString)
        return mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    }

    /// Starts it and waits until it serves.
    /// - Parameter prepare: run before, with the data directory, which is not there yet.
    static func start(
        _ settings: [String: String] = [:], file: [String: String]? = nil,
        prepare: (_ data: String) async throws -> Void = { _ in }
    ) async throws -> Martlet {
        let directory = temporaryDirectory()
        if let file { try write(settings: file, directory) }
        try await prepare(directory + "/data")
        let process = try spawn(directory, settings, usesFile: file != nil)
        let martlet = Martlet(directory: directory, process: process)
        try await martlet.untilReady()
        return martlet
    }

    /// Starts it again in the same directories, after its process has ended.
    func startAgain(_ settings: [String: String] = [:]) async throws {
        let process = try Self.spawn(directory, settings, usesFile: false)
        current.withLock { $0.process = process }
        try await untilReady()
    }

    private static func spawn(
        _ directory: String, _ settings: [String: String], usesFile: Bool
    ) throws -> ChildProcess {
        var arguments = ["serve", "--data-dir", directory + "/data", "--runtime-dir", directory + "/run"]
        arguments += ["--host", "127.0.0.1", "--port", "0"]
        if usesFile { arguments += ["--config", directory + "/martlet.env"] }
        for (key, value) in settings { arguments += ["--set", "\(key)=\(value)"] }
        return try ChildProcess(executable, arguments, output: directory + "/log")
    }

    private func untilReady() async throws {
        let status = try await status { $0.daemons.allSatisfy { $0.state == "ready" } }
        current.withLock { $0.port = Int(status.http.split(separator: ":").last ?? "") ?? 0 }
    }

    /// Replaces the settings file that `start(file:)` made.
    func write(settings: [String: String]) throws { try Self.write(settings: settings, directory) }

    private static func write(settings: [String: String], _ directory: String) throws {
        let text = settings.map { "\($0.key)=\($0.value)\n" }.joined()
        try text.write(toFile: directory + "/martlet.env", atomically: true, encoding: .utf8)
    }

    /// Stops it as an operator does, waits for its end, removes its directory.
    func stop() async {
        await end()
        destroy()
    }

    /// Stops it, and leaves its directory for `startAgain`.
    func end() async {
        process.signal(SIGTERM)
        _ = await process.end(within: .seconds(40))
    }

    /// Whatever state it is in: nothing is left behind.
    func destroy() {
        process.signal(SIGKILL)
        process.reap()
        try? FileManager.default.removeItem(atPath: directory)
    }

    var log: String { (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? "" }

    /// Runs `martlet …` against this instance.
    @discardableResult
    func run(_ arguments: String..., within limit: Duration = .seconds(60)) async throws -> (
        code: Int32, output: String
    ) {
        try await Self.run(arguments + ["--runtime-dir", runtime], within: limit)
    }

    static func run(_ arguments: [String], within limit: Duration = .seconds(60)) async throws -> (
        code: Int32, output: String
    ) {
        let file = temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let process = try ChildProcess(executable, arguments, output: file + "/out")
        let code = await process.end(within: limit)
        if code == nil {
            process.signal(SIGKILL)
            process.reap()
        }
        return (code ?? -1, (try? String(contentsOfFile: file + "/out", encoding: .utf8)) ?? "")
    }

    struct Status: Decodable {
        struct Daemon: Decodable {
            var name: String
            var state: String
            var pid: Int32
            var restarts: Int
            var in_flight: Int
            var draining_pids: [Int32]
        }
        struct Backend: Decodable {
            var url: String
            var healthy: Bool
            var active: Int
        }
        struct Supervisor: Decodable {
            var pid: Int32
            var generation: Int
        }
        var http: String
        var supervisor: Supervisor
        var daemons: [Daemon]
        var backends: [Backend]

        subscript(name: String) -> Daemon? { daemons.first { $0.name == name } }
    }

    /// Asks until the condition holds.
    @discardableResult
    func status(within limit: Duration = .seconds(30), _ condition: (Status) -> Bool = { _ in true }) async throws
        -> Status
    {
        let deadline = ContinuousClock.now + limit
        while true {
            let answer = try await run("status", "--json")
            if let status = try? JSONDecoder().decode(Status.self, from: Data(answer.output.utf8)), condition(status) {
                return status
            }
            guard ContinuousClock.now < deadline else { throw Missed("status: \(answer.output)\n\(log)") }
            try await Task.sleep(for: .milliseconds(30))
        }
    }
}

/// A condition that did not come true in time.
struct Missed: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Waits for a condition, looking again and again, for a bounded time.
func eventually(_ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool)
    async throws
{
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Missed(what) }
        try await Task.sleep(for: .milliseconds(10))
    }
}
