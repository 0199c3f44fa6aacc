import Contracts
import FoundationEssentials
import OllamaStub
import Reactor
import Testing

/// Balancing and honesty, with real faults of the servers behind.
@Suite("Ollama servers that misbehave")
struct BackendTests {
    private func pair(_ change: (inout StubScript) -> Void) async throws -> (OllamaStub, OllamaStub, Martlet, String) {
        var script = StubScript()
        change(&script)
        let bad = try await OllamaStub.start(script: script)
        let good = try await OllamaStub.start()
        let martlet = try await Martlet.start([
            "OLLAMA_BASE_URLS": "\(bad.url);\(good.url)", "OLLAMA_FIRST_BYTE_TIMEOUT": "3s",
            "OLLAMA_IDLE_TIMEOUT": "3s",
        ])
        return (bad, good, martlet, try await martlet.signUp("ada"))
    }

    private func finish(_ bad: OllamaStub, _ good: OllamaStub, _ martlet: Martlet) async {
        await martlet.stop()
        await bad.stop()
        await good.stop()
    }

    @Test(
        "a server that fails before its first byte costs no client a failure",
        arguments: [
            StubFault.refuse, .hang, .busy, .status(500, body: "boom"),
        ])
    func failsEarly(_ fault: StubFault) async throws {
        let (bad, good, martlet, token) = try await pair { $0.fault = fault }
        for _ in 0..<6 {
            let answer = try await martlet.chat(token: token)
            #expect(answer.status == 200)
            #expect(answer.lines.last?["done"] == .bool(true))
            #expect(answer.lines.last?["error"] == nil)
        }
        // Three in a row open the breaker: from then on it is left out.
        #expect((bad.figures.requestsByPath["/api/chat"] ?? 0) <= 3)
        #expect((good.figures.requestsByPath["/api/chat"] ?? 0) == 6)
        try await eventually("nothing is counted as active") {
            try await martlet.status().backends.allSatisfy { $0.active == 0 }
        }
        await finish(bad, good, martlet)
    }

    @Test(
        "a stream that breaks ends with a well-formed line that says so",
        arguments: [
            StubFault.cutAfterTokens(3), .endAfterTokens(3), .hangAfterTokens(3),
        ])
    func breaks(_ fault: StubFault) async throws {
        let (bad, good, martlet, token) = try await pair { $0.fault = fault }
        let answer = try await HTTP.call(
            "POST", martlet.base + "/ollama/api/chat/0", token: token, body: #"{"model":"stub:1b","messages":[]}"#)
        #expect(answer.status == 200)
        #expect(answer.lines.count == 4)
        #expect(answer.lines.prefix(3).allSatisfy { $0["error"] == nil && $0["message"] != nil })
        #expect(answer.lines.last?["error"]?.text?.isEmpty == false)
        #expect(answer.lines.last?["done"] == .bool(true))
        try await eventually("nothing is counted as active") {
            try await martlet.status().backends.allSatisfy { $0.active == 0 }
        }
        await finish(bad, good, martlet)
    }

    @Test(
        "lines come through whole, however the server writes them",
        arguments: [
            StubFraming.lineAWrite, .linesAWrite(7), .splitLines(pieces: 5),
        ])
    func framings(_ framing: StubFraming) async throws {
        let (bad, good, martlet, token) = try await pair {
            $0.framing = framing
            $0.tokenCount = 60
        }
        let answer = try await HTTP.call(
            "POST", martlet.base + "/ollama/api/chat/0", token: token, body: #"{"model":"stub:1b","messages":[]}"#)
        #expect(answer.lines.compactMap { $0["i"]?.double } == (0..<answer.lines.count).map(Double.init))
        #expect(answer.lines.last?["done"] == .bool(true))
        await finish(bad, good, martlet)
    }

    @Test("a client that leaves ends the stream at the server, and no count leaks")
    func clientLeaves() async throws {
        var script = StubScript()
        script.tokenCount = 100_000
        script.tokenDelay = .milliseconds(5)
        let stub = try await OllamaStub.start(script: script)
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        for _ in 0..<5 {
            let reader = PartialReader()
            let exchange = await HTTP.open(
                martlet.base + "/ollama/api/chat", token: token, body: #"{"model":"stub:1b","messages":[]}"#, reader)
            try await eventually("bytes have come") { await !reader.text.isEmpty }
            await exchange.cancel()
        }
        try await eventually("the server sees its clients leave") { stub.figures.cancelledStreams == 5 }
        try await eventually("no count leaks") {
            let status = try await martlet.status()
            return status.backends.allSatisfy { $0.active == 0 } && status["ollama-lb-proxy"]?.in_flight == 0
        }
        await martlet.stop()
        await stub.stop()
    }

    @Test("a dead server is left out, and taken in again when it is back")
    func deadAndBack() async throws {
        let warm = StubScript(models: [.init(name: "stub:1b", isLoaded: true)])
        let dead = try await OllamaStub.start(script: warm)
        let port = dead.port
        let good = try await OllamaStub.start(script: warm)
        let martlet = try await Martlet.start([
            "OLLAMA_BASE_URLS": "\(dead.url);\(good.url)", "OLLAMA_PROBE_INTERVAL": "200ms",
        ])
        let token = try await martlet.signUp("ada")
        await dead.stop()
        for _ in 0..<8 { #expect(try await martlet.chat(token: token).status == 200) }
        try await martlet.status { $0.backends.first?.healthy == false }
        let back = try await OllamaStub.start(script: warm, port: port)
        try await martlet.status { $0.backends.first?.healthy == true }
        try await eventually("it serves again") {
            _ = try await martlet.chat(token: token)
            return (back.figures.requestsByPath["/api/chat"] ?? 0) > 0
        }
        await martlet.stop()
        await back.stop()
        await good.stop()
    }

    @Test("two idle warm servers share the work evenly; a model that only one has goes there")
    func spread() async throws {
        let warm = StubScript.Model(name: "stub:1b", isLoaded: true)
        let first = try await OllamaStub.start(script: .init(models: [warm]))
        let second = try await OllamaStub.start(script: .init(models: [warm, .init(name: "rare:1b")]))
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": "\(first.url);\(second.url)"])
        let token = try await martlet.signUp("ada")
        for _ in 0..<10 { #expect(try await martlet.chat(token: token).status == 200) }
        let counts = [first, second].map { $0.figures.requestsByPath["/api/chat"] ?? 0 }
        #expect(counts.max().map { $0 <= 6 } == true, "\(counts)")
        for _ in 0..<4 { #expect(try await martlet.chat(token: token, model: "rare:1b").status == 200) }
        #expect((second.figures.requestsByPath["/api/chat"] ?? 0) == counts[1] + 4)
        #expect(try await martlet.chat(token: token, model: "nobody:1b").status == 404)
        await martlet.stop()
        await first.stop()
        await second.stop()
    }
}
