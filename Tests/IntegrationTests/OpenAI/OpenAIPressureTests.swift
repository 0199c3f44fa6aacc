import Egress
import FoundationEssentials
import OllamaStub
import Reactor
import Testing

/// Readers that do not read, and many at a time.
@Suite("Load on OpenAI servers")
struct OpenAIPressureTests {
    @Test("a reader that stalls stops its server, costs little memory, and loses nothing")
    func stall() async throws {
        let lab = try await OpenAILab.start()
        let count = 300_000
        lab.first.change { $0.tokenCount = count }
        let before = try Self.memory(lab)
        let reader = CountingReader()
        let exchange = await HTTP.open(
            lab.martlet.base + "/openai/chat/completions", token: lab.people.user,
            body: #"{"model":"shared","messages":[],"stream":true}"#, reader)
        try await eventually("bytes have come") { await reader.bytes > 0 }
        await exchange.pause()
        // One that reads is through with its 50 MB: so would the other be if nobody held its server back.
        let other = try await lab.chat()
        #expect(other.events.last == "[DONE]")
        #expect(lab.first.figures.activeStreams == 1)
        let growth = try Self.memory(lab) - before
        #expect(growth < 30 << 20)
        await exchange.resume()
        try await eventually("the stream is over", within: .seconds(60)) { await reader.isOver }
        let lines = await reader.lines
        #expect(lines == 2 * (count + 2))
        #expect(lab.first.figures.completedStreams == 2)
        await lab.stop()
    }

    @Test("many streams at a time come whole and in order, and none is counted afterwards")
    func many() async throws {
        let lab = try await OpenAILab.start()
        lab.first.change { $0.tokenCount = 200 }
        let wanted = (0..<200).map { "word\($0) " }.joined()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 { group.addTask { try await lab.chat(by: lab.people.user).said == wanted } }
            for try await isWhole in group { #expect(isWhole) }
        }
        try await eventually("nothing is under way") {
            try await lab.martlet.status()["ollama-lb-proxy"]?.in_flight == 0
        }
        #expect(lab.first.figures.activeStreams == 0)
        await lab.stop()
    }

    /// Resident bytes of all its processes.
    private static func memory(_ lab: OpenAILab) throws -> Int {
        let parent = lab.martlet.process.pid
        let children = try String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
        return try children.split(separator: " ").reduce(0) { sum, pid in
            let pages = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8).split(separator: " ")
            return sum + (Int(pages.dropFirst().first ?? "") ?? 0) * 4096
        }
    }
}

/// Counts what comes.
@ReactorActor
private final class CountingReader: ResponseReceiver {
    private(set) var bytes = 0
    private(set) var lines = 0
    private(set) var isOver = false

    nonisolated init() {}

    func responseHead(_ head: ResponseHead) {}

    func responseBody(_ bytes: UnsafeRawBufferPointer) {
        self.bytes += bytes.count
        lines += bytes.count { $0 == UInt8(ascii: "\n") }
    }

    func responseEnd(_ result: Result<ResponseSummary, HTTPFailure>) { isOver = true }
}
