import FoundationEssentials
import OllamaStub
import Testing

/// As RecordedExchangesTests, for the routes of Ollama.
@Suite("Recorded exchanges with Ollama's routes")
struct OllamaRecordedTests {
    @Test("the routes of Ollama answer as they were recorded")
    func kept() async throws {
        try await replay(RecordedCase.read(RecordedCase.keptOfOllama))
    }

    @Test(
        "the recordings themselves, where they are at hand, hold too",
        .enabled(if: FileManager.default.fileExists(atPath: RecordedCase.recordings)))
    func recordings() async throws {
        let directory = Martlet.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let distilled = directory + "/cases.json"
        let distiller = try ChildProcess(
            "/usr/bin/env", ["python3", RecordedCase.distiller, RecordedCase.recordings, distilled, "--ollama"],
            output: directory + "/log")
        #expect(await distiller.end(within: .seconds(30)) == 0)
        let (now, kept) = try (
            String(contentsOfFile: distilled, encoding: .utf8),
            String(contentsOfFile: RecordedCase.keptOfOllama, encoding: .utf8)
        )
        #expect(now == kept, "make the kept cases anew with \(RecordedCase.distiller) --ollama")
    }

    /// The lab of the recordings: two servers, one custom model, a user who may use all models.
    private func replay(_ cases: [RecordedCase]) async throws {
        #expect(cases.count > 90)
        func stub(_ own: String) async throws -> OllamaStub {
            try await OllamaStub.start(
                script: .init(models: [
                    .init(name: "llama3.2:1b", isLoaded: true), .init(name: "nomic-embed-text:latest", isLoaded: true),
                    .init(name: own),
                ]))
        }
        let stubs = [try await stub("qwen-only-a:latest"), try await stub("qwen-only-b:latest")]
        let people = try await People.start(file: [
            "OLLAMA_BASE_URLS": stubs.map(\.url).joined(separator: ";"), "BYPASS_MODEL_ACCESS_CONTROL": "true",
        ])
        let fleet = Fleet(first: stubs[0], second: stubs[1], people: people)
        try await fleet.row("my-model", base: "llama3.2:1b", grants: ["*"])
        var replay = Replay(
            people.martlet, tokens: ["admin": people.admin, "user": people.user],
            ids: ["server0": stubs[0].url, "server1": stubs[1].url])
        try await replay.run(cases)
        for failure in replay.failures { Issue.record("\(failure)") }
        await fleet.stop()
    }
}
