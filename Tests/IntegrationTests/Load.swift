import Contracts
import FoundationEssentials
import OllamaStub
import Synchronization

/// Clients that stream and clients that ask for short documents over kept connections, until they are told to stop.
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
}
