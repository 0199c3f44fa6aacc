import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// Clients that others wrote, and the example that we ship. They need Python packages, which `make test` puts into a
/// virtual environment and names in MARTLET_CLIENTS.
@Suite("Real clients")
struct ClientTests {
    private static let environment = ProcessInfo.processInfo.environment["MARTLET_CLIENTS"]
    private static let isPrepared: Comment = "MARTLET_CLIENTS names a virtual environment (scripts/test.sh makes one)"
    private static let checkout = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    private func python(_ arguments: String...) async throws -> (code: Int32, output: String) {
        let directory = Martlet.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let process = try ChildProcess(
            (Self.environment ?? "") + "/bin/python", arguments, output: directory + "/out",
            environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        let code = await process.end(within: .seconds(120))
        if code == nil {
            process.signal(9)
            process.reap()
        }
        return (code ?? -1, (try? String(contentsOfFile: directory + "/out", encoding: .utf8)) ?? "")
    }

    @Test(
        "the whole surface of the official ollama client works",
        .enabled(if: environment != nil, isPrepared))
    func ollamaClient() async throws {
        let first = try await OllamaStub.start()
        let second = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": "\(first.url);\(second.url)"])
        let token = try await martlet.signUp("ada")
        let key = try #require(
            try await martlet.post("/api/v1/auths/api_key", token: token, "{}").json["api_key"]?.text)
        let answer = try await python(
            Self.checkout + "/Tests/IntegrationTests/Clients/ollama_client.py", martlet.base, key)
        #expect(answer.code == 0 && answer.output.hasSuffix("ok\n"), "\(answer.output)")
        await martlet.stop()
        await first.stop()
        await second.stop()
    }

    @Test(
        "the official openai client lists, chats, calls tools, parses, embeds and sees errors",
        .enabled(if: environment != nil, isPrepared))
    func openAIClientOnAPI() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let token = try await martlet.signUp("ada")
        let key = try #require(
            try await martlet.post("/api/v1/auths/api_key", token: token, "{}").json["api_key"]?.text)
        let answer = try await python(
            Self.checkout + "/Tests/IntegrationTests/Clients/api_client.py", martlet.base, key)
        #expect(answer.code == 0 && answer.output.hasSuffix("ok\n"), "\(answer.output)")
        await martlet.stop()
        await stub.stop()
    }

    @Test("the example in Python lists the daemons and streams a chat", .enabled(if: environment != nil, isPrepared))
    func example() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url])
        let script = Self.checkout + "/examples/list_and_chat.py"
        let answer = try await python(script, "--runtime-dir", martlet.runtime, "--model", "stub:1b", "hello")
        #expect(answer.code == 0, "\(answer.output)")
        for name in DaemonName.allCases { #expect(answer.output.contains(name.rawValue), "\(answer.output)") }
        #expect(answer.output.contains("word0 word1 word2 "), "\(answer.output)")
        let missing = try await python(script, "--runtime-dir", martlet.runtime, "--model", "nobody:1b", "hello")
        #expect(missing.code == 1, "\(missing.output)")
        await martlet.stop()
        let gone = try await python(script, "--runtime-dir", martlet.runtime, "--model", "stub:1b", "hello")
        #expect(gone.code == 1, "\(gone.output)")
        await stub.stop()
    }
}
