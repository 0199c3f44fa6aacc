import FoundationEssentials
import OllamaStub
import Testing

/// The official client of OpenAI's API, which `make test` puts into the virtual environment that MARTLET_CLIENTS names.
@Suite("The official OpenAI client")
struct OpenAIClientTests {
    private static let environment = ProcessInfo.processInfo.environment["MARTLET_CLIENTS"]
    private static let isPrepared: Comment = "MARTLET_CLIENTS names a virtual environment (scripts/test.sh makes one)"
    private static let script =
        #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Clients/openai_client.py"

    @Test(
        "its whole surface works: models, chats, tools, embeddings, responses, speech, errors, streams, asynchronously too",
        .enabled(if: environment != nil, isPrepared))
    func client() async throws {
        let lab = try await OpenAILab.start(second: ["breaks"])
        lab.second.change { $0.fault = .cutAfterTokens(2) }
        let key = try #require(
            try await lab.post("/api/v1/auths/api_key", "{}").json["api_key"]?.text)
        let directory = Martlet.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let process = try ChildProcess(
            (Self.environment ?? "") + "/bin/python", [Self.script, lab.martlet.base, key, "shared"],
            output: directory + "/out", environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        let code = await process.end(within: .seconds(120))
        if code == nil {
            process.signal(9)
            process.reap()
        }
        let output = (try? String(contentsOfFile: directory + "/out", encoding: .utf8)) ?? ""
        #expect(code == 0 && output.hasSuffix("ok\n"), "\(output)")
        await lab.stop()
    }
}
