import Contracts
import FoundationEssentials
import Link
import OllamaStub
import Reactor
import Synchronization

/// Clients that stream, clients that ask for short documents over kept connections, and local programs that call every
/// daemon over its socket, until they are told to stop.
final class Load: Sendable {
    static var script: StubScript {
        var script = StubScript()
        script.tokenCount = 40
        script.tokenDelay = .milliseconds(10)
        return script
    }

    private let martlet: Martlet
    private let token: String
    private let state = Mutex((done: 0, failures: [String](), isStopping: false))

    init(martlet: Martlet, token: String) {
        self.martlet = martlet
        self.token = token
    }

    var done: Int { state.withLock { $0.done } }
    func stop() { state.withLock { $0.isStopping = true } }

    /// Returns when every client has finished what it was at.
    func run(streams: Int = 10, readers: Int = 6) async -> (done: Int, failures: [String]) {
        await withTaskGroup { group in
            for _ in 0..<streams { group.addTask { await self.loop { try await self.stream() } } }
            for _ in 0..<readers { group.addTask { await self.loop { try await self.read() } } }
            for name in ["control", "ollama-lb-proxy", "snapshot-collector", "archiver", "scim"] {
                group.addTask { await self.callSocket("\(self.martlet.runtime)/\(name).sock") }
            }
        }
        return state.withLock { ($0.done, $0.failures) }
    }

    private func loop(_ body: () async throws -> Void) async {
        while !state.withLock({ $0.isStopping }) {
            do {
                try await body()
                state.withLock { $0.done += 1 }
            } catch {
                state.withLock { $0.failures.append("\(error)") }
            }
        }
    }

    private func stream() async throws {
        let answer = try await martlet.chat(token: token)
        let numbers = answer.lines.compactMap { $0["i"]?.double }
        guard answer.status == 200, answer.lines.last?["done"] == .bool(true), answer.lines.last?["error"] == nil,
            numbers == (0..<numbers.count).map(Double.init), numbers.count >= 40
        else { throw Missed("stream: \(answer.status), \(answer.lines.count) lines, last \(answer.body.suffix(200))") }
    }

    private func read() async throws {
        let answer = try await martlet.get("/api/v1/auths/", token: token)
        guard answer.status == 200 else { throw Missed("session: \(answer.status) \(answer.body)") }
        try await Task.sleep(for: .milliseconds(5))
    }

    /// A draining peer says so, and the call goes to its successor; anything else is a failure.
    @ReactorActor
    private func callSocket(_ path: String) async {
        let client = LinkClient(path: path, configuration: SessionConfiguration(role: "test"))
        await loop {
            for attempt in 1... {
                do throws(LinkError) {
                    _ = try await client.call(Methods.ping, ControlPing(), timeout: .seconds(30))
                    break
                } catch {
                    guard error.isSafeToRetry, attempt < 5 else { throw Missed("\(path): \(error)") }
                }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        client.close()
    }
}
