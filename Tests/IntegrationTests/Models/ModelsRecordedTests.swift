import FoundationEssentials
import OllamaStub
import Testing

/// As RecordedExchangesTests, for the registry of models, completions and embeddings.
@Suite("Recorded exchanges about models")
struct ModelsRecordedTests {
    @Test("models, completions and embeddings answer as they were recorded")
    func kept() async throws {
        try await replay(RecordedCase.read(RecordedCase.keptOfModels))
    }

    @Test(
        "the recordings themselves, where they are at hand, hold too",
        .enabled(if: FileManager.default.fileExists(atPath: RecordedCase.recordings)))
    func recordings() async throws {
        let directory = Martlet.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let distilled = directory + "/cases.json"
        let distiller = try ChildProcess(
            "/usr/bin/env", ["python3", RecordedCase.distiller, RecordedCase.recordings, distilled, "--models"],
            output: directory + "/log")
        #expect(await distiller.end(within: .seconds(30)) == 0)
        let (now, kept) = try (
            String(contentsOfFile: distilled, encoding: .utf8),
            String(contentsOfFile: RecordedCase.keptOfModels, encoding: .utf8)
        )
        #expect(now == kept, "make the kept cases anew with \(RecordedCase.distiller) --models")
    }

    /// The lab of the recordings: two Ollama servers, one with OpenAI's API, a user who may make models. That user may
    /// also share with everybody: Open WebUI forgets to ask when a model is made.
    private func replay(_ cases: [RecordedCase]) async throws {
        #expect(cases.count > 50)
        func stub(_ own: String) async throws -> OllamaStub {
            try await OllamaStub.start(
                script: .init(models: ["llama3.2:1b", "nomic-embed-text:latest", own].map { .init(name: $0) }))
        }
        let stubs = [try await stub("qwen-only-a:latest"), try await stub("qwen-only-b:latest")]
        let openAI = try await OpenAIStub.start(.init(models: ["gpt-fake", "gpt-fake-mini"]))
        let people = try await People.start(file: [
            "OLLAMA_BASE_URLS": stubs.map(\.url).joined(separator: ";"), "OPENAI_API_BASE_URLS": openAI.url,
            "OPENAI_API_KEYS": "k",
            "USER_PERMISSIONS": #"{"workspace":{"models":true},"sharing":{"public_models":true}}"#,
        ])
        var replay = Replay(
            people.martlet, tokens: ["admin": people.admin, "user": people.user, "pending": people.pending])
        try await replay.run(cases)
        for failure in replay.failures { Issue.record("\(failure)") }
        await people.martlet.stop()
        for stub in stubs { await stub.stop() }
        await openAI.stop()
    }
}
