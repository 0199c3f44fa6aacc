import Contracts
import FoundationEssentials
import Testing

/// A real llama.cpp server with a small model: `make conformance-llamacpp`.
@Suite("A real llama.cpp server")
struct LlamaCppTests {
    private static let environment = ProcessInfo.processInfo.environment["MARTLET_LLAMACPP"]
    private static let isPrepared: Comment = "scripts/conformance-llamacpp.sh makes what MARTLET_LLAMACPP names"
    private static let script =
        #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Clients/llama_server.py"

    private static func body(stream: Bool, _ more: String = "") -> String {
        #"{"model":"gemma","messages":[{"role":"user","content":"Say hello."}],"max_tokens":12,"temperature":0,"#
            + "\"stream\":\(stream)\(more)}"
    }

    @Test(
        "it serves through both paths of chat completions: streamed, whole, with its counts, and its errors are told",
        .enabled(if: environment != nil, isPrepared))
    func chat() async throws {
        let directory = Martlet.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = try ChildProcess(
            (Self.environment ?? "") + "/bin/python", [Self.script, directory], output: directory + "/log")
        defer {
            server.signal(9)
            server.reap()
        }
        try await eventually("llama.cpp serves", within: .seconds(120)) {
            guard server.poll() == nil else {
                throw Missed((try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? "")
            }
            return FileManager.default.fileExists(atPath: directory + "/address")
        }
        let address = try String(contentsOfFile: directory + "/address", encoding: .utf8)
        let martlet = try await Martlet.start(file: [
            "OLLAMA_BASE_URLS": "", "OPENAI_API_BASE_URLS": address + "/v1",
            "OPENAI_API_CONFIGS": #"{"0":{"auth_type":"none"}}"#,
        ])
        let token = try await martlet.signUp("ada")
        let listed = try await martlet.get("/openai/models", token: token)
        #expect(listed.json["data"]?.elements?.first?["id"]?.text == "gemma", "\(listed.body)")
        for path in ["/openai/chat/completions", "/api/chat/completions"] {
            let whole = try await martlet.post(path, token: token, Self.body(stream: false))
            let text = whole.json["choices"]?.elements?.first?["message"]?["content"]?.text ?? ""
            #expect(whole.status == 200 && !text.isEmpty, "\(whole.body)")
            #expect(whole.json["usage"]?["completion_tokens"]?.double ?? 0 > 0)
            let stream = try await martlet.post(
                path, token: token, Self.body(stream: true, #","stream_options":{"include_usage":true}"#))
            #expect(stream.headers["content-type"]?.hasPrefix("text/event-stream") == true)
            #expect(stream.said == text && stream.events.last == "[DONE]", "\(stream.body)")
            let wrong = try await martlet.post(path, token: token, #"{"model":"gemma","messages":7}"#)
            #expect((400...500).contains(wrong.status), "\(wrong.status)")
            #expect(wrong.json["error"]?["message"]?.text?.isEmpty == false, "\(wrong.body)")
        }
        // A stream without its usage is counted by what llama.cpp says of its own accord.
        _ = try await martlet.post("/openai/chat/completions", token: token, Self.body(stream: true))
        let metrics = try await martlet.get("/metrics", token: token).body
        #expect(metrics.contains("martlet_openai_completion_tokens"), "\(metrics)")
        await martlet.stop()
    }
}
