import FoundationEssentials
import OllamaStub
import Testing

/// As RecordedExchangesTests, for the routes of OpenAI.
@Suite("Recorded exchanges with OpenAI's routes")
struct OpenAIRecordedTests {
    /// The lab of the recordings: one server with two models, of which everybody may use one.
    @Test("the routes of OpenAI answer as they were recorded")
    func kept() async throws {
        let cases = try RecordedCase.read(RecordedCase.keptOfOpenAI)
        #expect(cases.count > 20)
        let stub = try await OpenAIStub.start(.init(models: ["gpt-fake", "gpt-fake-mini"]))
        let people = try await People.start(file: [
            "OLLAMA_BASE_URLS": "", "OPENAI_API_BASE_URLS": stub.url, "OPENAI_API_KEYS": "sk-fake",
        ])
        let lab = OpenAILab(first: stub, second: stub, people: people)
        try await lab.row("gpt-fake", grants: ["*"])
        var replay = Replay(
            people.martlet, tokens: ["admin": people.admin, "user": people.user], ids: ["server0": stub.origin])
        try await replay.run(cases)
        for failure in replay.failures { Issue.record("\(failure)") }
        await lab.stop()
    }

    @Test(
        "the kept cases are those of the recordings, where they are at hand",
        .enabled(if: FileManager.default.fileExists(atPath: RecordedCase.recordings)))
    func recordings() async throws {
        let directory = Martlet.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let distilled = directory + "/cases.json"
        let distiller = try ChildProcess(
            "/usr/bin/env", ["python3", RecordedCase.distiller, RecordedCase.recordings, distilled, "--openai"],
            output: directory + "/log")
        #expect(await distiller.end(within: .seconds(30)) == 0)
        let (now, kept) = try (
            String(contentsOfFile: distilled, encoding: .utf8),
            String(contentsOfFile: RecordedCase.keptOfOpenAI, encoding: .utf8)
        )
        #expect(now == kept, "make the kept cases anew with \(RecordedCase.distiller) --openai")
    }
}
