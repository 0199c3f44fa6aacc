import Contracts
import Egress
import FoundationEssentials
import Glibc
import OllamaStub
import Reactor
import Testing

/// Restarts, crashes, hangs, upgrades, stops: of the real processes, under load.
@Suite("The life of the daemons")
struct LifeTests {
    /// Streams and short requests that go on while `body` does something to the daemons; what failed.
    private func underLoad(
        _ martlet: Martlet, token: String, _ body: () async throws -> Void
    ) async throws -> (done: Int, failures: [String]) {
        let load = Load(martlet: martlet, token: token)
        async let running = load.run()
        try await eventually("the load is under way") { load.done > 5 }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        load.stop()
        let outcome = await running
        try result.get()
        return outcome
    }

    @Test("restart of each daemon in turn, twice: no request fails, no stream is cut")
    func restarts() async throws {
        let stub = try await OllamaStub.start(script: Load.script)
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let outcome = try await underLoad(martlet, token: token) {
            for _ in 0..<2 {
                for name in ["api", "ollama-lb-proxy", "snapshot-collector", "archiver", "scim"] {
                    let before = try await martlet.status()[name]?.pid
                    let answer = try await martlet.run("restart", name)
                    #expect(answer.code == 0, "\(answer.output)")
                    #expect(try await martlet.status()[name]?.pid != before)
                }
            }
        }
        #expect(outcome.failures == [])
        #expect(outcome.done > 20)
        try await eventually("old processes leave") {
            try await martlet.status().daemons.allSatisfy { $0.draining_pids.isEmpty }
        }
        await martlet.stop()
        await stub.stop()
    }

    @Test("upgrade: same process id, every daemon new, no request fails, no stream is cut")
    func upgrade() async throws {
        let stub = try await OllamaStub.start(script: Load.script)
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let before = try await martlet.status()
        let outcome = try await underLoad(martlet, token: token) {
            let answer = try await martlet.run("upgrade")
            #expect(answer.code == 0, "\(answer.output)")
        }
        let after = try await martlet.status()
        #expect(outcome.failures == [])
        #expect(after.supervisor.pid == before.supervisor.pid)
        #expect(after.supervisor.generation == 2)
        for daemon in before.daemons { #expect(after[daemon.name]?.pid != daemon.pid) }
        await martlet.stop()
        await stub.stop()
    }

    @Test("an upgrade to something that does not run is refused, and everything goes on")
    func badUpgrade() async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let answer = try await martlet.run("upgrade", "--executable", "/bin/false")
        #expect(answer.code == 1)
        let missing = try await martlet.run("upgrade", "--executable", "/nowhere/martlet")
        #expect(missing.code == 1)
        #expect(missing.output.contains("/nowhere/martlet"))
        #expect(try await martlet.get("/health").status == 200)
        #expect(try await martlet.status().supervisor.generation == 1)
        await martlet.stop()
    }

    @Test("a killed daemon is replaced and nobody is refused", arguments: DaemonName.allCases)
    func kills(_ name: DaemonName) async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let before = try #require(try await martlet.status()[name.rawValue])
        kill(before.pid, SIGKILL)
        // Connects made while nobody accepts wait in the backlog.
        #expect(try await martlet.get("/health").status == 200)
        let after = try await martlet.status {
            $0[name.rawValue]?.state == "ready" && $0[name.rawValue]?.pid != before.pid
        }
        #expect(after[name.rawValue]?.restarts == 1)
        await martlet.stop()
    }

    @Test("kill -9 of the proxy: a stream without a byte is not lost, one with bytes ends with an honest line")
    func killProxy() async throws {
        var script = StubScript()
        script.tokenCount = 100
        script.firstTokenDelay = .milliseconds(600)
        script.tokenDelay = .milliseconds(20)
        let stub = try await OllamaStub.start(script: script)
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let pid = try #require(try await martlet.status()["ollama-lb-proxy"]?.pid)
        async let waiting = martlet.chat(token: token)
        try await eventually("the stream is open at the server") { stub.figures.activeStreams == 1 }
        kill(pid, SIGKILL)
        let whole = try await waiting
        #expect(whole.status == 200)
        #expect(whole.lines.count >= 100)
        #expect(whole.lines.last?["done"] == .bool(true))
        #expect(whole.lines.last?["error"] == nil)

        let receiver = PartialReader()
        let exchange = await HTTP.open(
            martlet.base + "/ollama/api/chat", token: token, body: #"{"model":"stub:1b","messages":[]}"#, receiver)
        try await eventually("bytes have come") { await receiver.text.contains("\n") }
        let second = try #require(try await martlet.status()["ollama-lb-proxy"]?.pid)
        kill(second, SIGKILL)
        try await eventually("the stream has ended") { await receiver.isOver }
        let last = await receiver.text.split(separator: "\n").last.map(String.init) ?? ""
        #expect(last.contains("\"error\""))
        #expect(last.contains("\"done\":true"))
        #expect(await receiver.failure == nil)
        _ = exchange
        await martlet.stop()
        await stub.stop()
    }

    @Test("a daemon that hangs is found and replaced", arguments: [DaemonName.api, .ollamaLBProxy, .scim])
    func hangs(_ name: DaemonName) async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let before = try #require(try await martlet.status()[name.rawValue])
        kill(before.pid, SIGSTOP)
        try await martlet.status { $0[name.rawValue]?.state == "ready" && $0[name.rawValue]?.pid != before.pid }
        #expect(try await martlet.get("/readyz").status == 200)
        #expect(martlet.log.contains("daemon hangs"))
        await martlet.stop()
    }

    @Test("stop and start of a daemon by hand")
    func stopAndStart() async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        #expect(try await martlet.run("stop", "scim").code == 0)
        #expect(try await martlet.status()["scim"]?.state == "stopped")
        #expect(try await martlet.run("status").code == 1)
        #expect(try await martlet.run("start", "scim").code == 0)
        #expect(try await martlet.status()["scim"]?.state == "ready")
        #expect(try await martlet.run("restart", "nobody").code == 1)
        await martlet.stop()
    }

    @Test("SIGTERM ends everything: exit code 0, no process, no socket left")
    func stops() async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let pids = try await martlet.status().daemons.map(\.pid)
        // The client's connection stays open, and must not hold anything up: it waits for nothing.
        #expect(try await martlet.get("/health").status == 200)
        martlet.process.signal(SIGTERM)
        #expect(await martlet.process.end(within: .seconds(20)) == 0)
        #expect(!martlet.log.contains("limit reached"))
        for pid in pids { #expect(kill(pid, 0) == -1) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: martlet.runtime) == [])
        #expect(try await martlet.run("status").code == 69)
    }

    @Test("kill -9 of the supervisor takes its daemons along, and the next start takes over")
    func supervisorKilled() async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let pids = try await martlet.status().daemons.map(\.pid)
        martlet.process.signal(SIGKILL)
        _ = await martlet.process.end(within: .seconds(10))
        try await eventually("no daemon is left") { pids.allSatisfy { kill($0, 0) == -1 } }
        try await martlet.startAgain(["OLLAMA_BASE_URLS": ""])
        #expect(try await martlet.get("/health").status == 200)
        await martlet.stop()
    }
}

/// Takes what comes of an answer, and remembers how it ended.
@ReactorActor
final class PartialReader: ResponseReceiver {
    private(set) var text = ""
    private(set) var isOver = false
    private(set) var failure: HTTPFailure?

    func responseHead(_ head: ResponseHead) {}
    func responseBody(_ bytes: UnsafeRawBufferPointer) { text += String(decoding: bytes, as: UTF8.self) }
    func responseEnd(_ result: Result<ResponseSummary, HTTPFailure>) {
        isOver = true
        if case .failure(let error) = result { failure = error }
    }
}
