import Contracts
import FoundationEssentials
import OllamaStub
import Reactor
import Testing

/// Mixed requests, clients that leave, servers that die and come back: nothing leaks, nothing is torn.
///
/// `MARTLET_SOAK_REQUESTS` sets how many (the whole: 10000).
@Suite("Soak", .serialized)
@ReactorActor
struct SoakTests {
    private static let requests =
        ProcessInfo.processInfo.environment["MARTLET_SOAK_REQUESTS"].flatMap { Int($0) } ?? 1200

    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ (state >> 33)) &* 0xff51_afd7_ed55_8ccd
        }
    }

    /// Three servers on fixed ports, one of which at a time may be away.
    @ReactorActor
    private final class Fleet {
        var stubs: [OllamaStub] = []
        let ports: [Int]
        let script: StubScript
        var isOver = false
        private var chaos = Generator(state: 5)

        init() async throws {
            var script = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
            script.tokenDelay = .milliseconds(2)
            self.script = script
            var stubs: [OllamaStub] = []
            for _ in 0..<3 { stubs.append(try await OllamaStub.start(script: script)) }
            self.stubs = stubs
            ports = stubs.map(\.port)
        }

        /// Kills one and brings it back, again and again.
        func trouble() async throws {
            while !isOver {
                let index = Int.random(in: 0..<3, using: &chaos)
                try await Task.sleep(for: .milliseconds(Int.random(in: 100..<600, using: &chaos)))
                await stubs[index].stop()
                try await Task.sleep(for: .milliseconds(Int.random(in: 20..<400, using: &chaos)))
                try await restart(index)
            }
        }

        private func restart(_ index: Int) async throws {
            let script = script
            let port = ports[index]
            // The port of one that was killed may be held for a moment by what it had accepted.
            try await eventually("its port is free") {
                guard let stub = try? await OllamaStub.start(script: script, port: port) else { return false }
                stubs[index] = stub
                return true
            }
        }
    }

    @Test("requests of all kinds while clients leave and servers die: no count leaks, no answer is torn silently")
    func soak() async throws {
        let fleet = try await Fleet()
        let martlet = try await Martlet.start([
            "OLLAMA_BASE_URLS": fleet.stubs.map(\.url).joined(separator: ";"), "OLLAMA_PROBE_INTERVAL": "100ms",
            "OLLAMA_MAX_IN_FLIGHT": "12", "OLLAMA_SLOW_START": "1s", "OLLAMA_QUEUE_TIMEOUT": "20s",
        ])
        let client = ProxyClient(martlet)
        try await client.knowsAll()
        var generator = Generator(state: 4)
        let trouble = Task { @ReactorActor in try await fleet.trouble() }
        var tally = Tally()
        var open: [(Reply, String, leavesAfter: Int?)] = []
        var sent = 0
        while sent < Self.requests || !open.isEmpty {
            while open.count < 64, sent < Self.requests {
                sent += 1
                open.append(try request(client, &generator))
            }
            try await Task.sleep(for: .milliseconds(1))
            for (reply, _, leavesAfter) in open {
                if let limit = leavesAfter, !reply.isOver, reply.text.utf8.count >= limit { reply.leave() }
            }
            for (reply, path, leavesAfter) in open where reply.isOver {
                tally.check(reply, path, left: leavesAfter != nil)
            }
            open.removeAll { $0.0.isOver }
        }
        fleet.isOver = true
        try await trouble.value
        #expect(tally.problems.isEmpty, "\(tally.problems.prefix(5))")
        #expect(tally.complete > Self.requests / 2, "\(tally)")
        var left = ""
        do {
            try await eventually("all counts are back at zero") {
                left = try await Self.left(client, fleet)
                return left.isEmpty
            }
        } catch {
            Issue.record("under way: \(left)")
        }
        try await martlet.status { $0["ollama-lb-proxy"]?.in_flight == 0 && $0["ollama-lb-proxy"]?.restarts == 0 }
        client.close()
        await martlet.stop()
        for stub in fleet.stubs { await stub.stop() }
    }

    /// What is still counted as under way; empty: nothing.
    private static func left(_ client: ProxyClient, _ fleet: Fleet) async throws -> String {
        let stats = try await client.stats()
        var left = stats.backends.filter { $0.backend.active > 0 }.map { "\($0.backend.active) on \($0.backend.url)" }
        left += stats.backends.flatMap(\.models).filter { $0.active > 0 }.map { "\($0.active) of \($0.name)" }
        let queue = stats.queue
        if queue.interactive + queue.embedding + queue.job > 0 { left.append("queue \(queue)") }
        left += fleet.stubs.filter { $0.figures.activeStreams != 0 }.map { "\($0.figures.activeStreams) at \($0.url)" }
        return left.joined(separator: ", ")
    }

    private func request(
        _ client: ProxyClient, _ generator: inout Generator
    ) throws -> (Reply, String, leavesAfter: Int?) {
        let tokens = Int.random(in: 1..<40, using: &generator)
        let user = "u\(Int.random(in: 0..<9, using: &generator))"
        let leaves = Int.random(in: 0..<5, using: &generator) == 0 ? Int.random(in: 0..<2000, using: &generator) : nil
        let (path, body): (String, String?) =
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: ("/api/embed", #"{"model":"stub:1b","input":"x"}"#)
            case 1: ("/api/chat", #"{"model":"stub:1b","messages":[],"stream":false}"#)
            case 2: ("/v1/chat/completions", #"{"model":"stub:1b","messages":[],"stream":true}"#)
            case 3: ("/api/generate", nil)
            default: ("/api/chat", nil)
            }
        let priority: OllamaPriority = Int.random(in: 0..<4, using: &generator) == 0 ? .job : .interactive
        return (try client.start(path, user: user, priority: priority, tokens: tokens, body: body), path, leaves)
    }

    /// What became of the answers.
    struct Tally: CustomStringConvertible {
        var complete = 0
        var broken = 0
        var refused = 0
        var left = 0
        var problems: [String] = []
        var description: String { "complete \(complete), broken \(broken), refused \(refused), left \(left)" }

        @ReactorActor
        mutating func check(_ reply: Reply, _ path: String, left hasLeft: Bool) {
            guard reply.end != nil else {
                if hasLeft { left += 1 } else { problems.append("\(path): \(String(describing: reply.reset))") }
                return
            }
            guard reply.status == 200 else {
                refused += 1
                if reply.lines.first?["error"] == nil { problems.append("\(path): \(reply.status) \(reply.text)") }
                return
            }
            if reply.text.hasPrefix("data:") { return events(reply) }
            let lines = reply.lines
            let isError = lines.last?["error"] != nil
            if reply.end?.code != .ok, !isError { problems.append("\(path): cut without an error") }
            // One that was cut in the middle of a line may leave it behind, before the error.
            let whole = isError ? lines.dropLast().filter { $0 != .null } : lines
            let numbers = whole.compactMap { $0["i"]?.double }
            if numbers != (0..<numbers.count).map(Double.init) { problems.append("\(path): \(numbers)") }
            if !isError, path != "/api/embed", lines.last?["done"] != .bool(true) { problems.append("\(path): no end") }
            isError ? (broken += 1) : (complete += 1)
        }

        @ReactorActor
        private mutating func events(_ reply: Reply) {
            let events = reply.text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { $0.dropFirst(6) }
            let isError = events.last?.hasPrefix("{\"error\"") == true
            if !isError, events.last != "[DONE]" { problems.append("events: no end") }
            isError ? (broken += 1) : (complete += 1)
        }
    }
}
