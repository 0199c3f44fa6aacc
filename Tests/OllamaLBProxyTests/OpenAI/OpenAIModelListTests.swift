import Contracts
import DaemonKit
import Testing

@testable import OllamaLBProxy

@Suite("Lists of models of servers with OpenAI's API")
struct OpenAIModelListTests {
    private func connection(_ config: String, url: String = "http://host/v1", index: Int = 0) throws -> OpenAIConnection
    {
        OpenAIConnection(index: index, url: url, key: "k", config: try JSONValue(json: config.utf8))
    }

    private func entries(_ lists: OpenAIModelList...) throws -> [JSONValue] {
        try JSONValue(json: OpenAIModelList.merged(lists))["data"]?.elements ?? []
    }

    @Test("a model is listed with its prefix, tags, kind of connection and what its server says of it")
    func entry() throws {
        let connection = try connection(
            #"{"prefix_id":"lab","tags":[{"name":"fast"}],"connection_type":"local","provider":"llama.cpp"}"#, index: 3)
        let answer = #"{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"x","name":null}]}"#
        let entry = try #require(try entries(OpenAIModelList(answer: Array(answer.utf8), connection)).first)
        let inner =
            #"{"id":"lab.m","object":"model","created":1,"owned_by":"x","tags":[{"name":"fast"}],"connection_type":"local"}"#
        #expect(
            entry
                == (try JSONValue(
                    json:
                        #"{"id":"lab.m","object":"model","created":1,"owned_by":"openai","tags":[{"name":"fast"}],"connection_type":"local","name":"lab.m","openai":\#(inner),"provider":"llama.cpp","urlIdx":3}"#
                        .utf8)))
    }

    @Test("an allow list stands for the server's own, and its elements may be texts")
    func allowList() throws {
        let list = OpenAIModelList(allowed: try connection(#"{"model_ids":["a","b"],"prefix_id":"p"}"#))
        #expect(list.models.map(\.id) == ["p.a", "p.b"])
        #expect(try JSONValue(json: list.document)["data"]?.elements?.first?["id"]?.text == "a")
    }

    @Test("of two connections with one model the first has it")
    func merged() throws {
        let answer = Array(#"[{"id":"m"},{"id":"n"},{"name":"only-a-name"},7,{"x":1}]"#.utf8)
        let first = try OpenAIModelList(answer: answer, try connection("{}"))
        let second = try OpenAIModelList(answer: answer, try connection("{}", index: 1))
        let entries = try entries(first, second)
        #expect(entries.compactMap { $0["id"]?.text } == ["m", "n", "only-a-name"])
        #expect(entries.allSatisfy { $0["urlIdx"] == .integer(0) })
    }

    @Test("OpenAI's models that do not chat are known, but not listed")
    func hidden() throws {
        let answer = Array(
            #"{"data":[{"id":"gpt-4o"},{"id":"text-embedding-3-small"},{"id":"tts-1"},{"id":"whisper-1"}]}"#.utf8)
        let list = try OpenAIModelList(answer: answer, try connection("{}", url: "https://api.openai.com/v1"))
        #expect(try entries(list).compactMap { $0["id"]?.text } == ["gpt-4o"])
        #expect(list.models.count == 4)
        let elsewhere = try OpenAIModelList(answer: answer, try connection("{}"))
        #expect(try entries(elsewhere).count == 4)
    }

    @Test(
        "answers that are no lists are refused",
        arguments: ["", "{}", #"{"data":{}}"#, "<html>", #"{"data":[1"#, "[\"\u{1}\"]"])
    func refused(_ answer: String) throws {
        let connection = try connection("{}")
        #expect(throws: JSONScanner.Malformed.self) { try OpenAIModelList(answer: Array(answer.utf8), connection) }
    }

    @Test("connections take their key and configuration by position, or by address as older versions saved it")
    func connections() throws {
        let settings = Settings(values: [
            "OPENAI_API_BASE_URLS": .init(value: "http://a/v1;http://b/v1/;http://c/v1", source: "test"),
            "OPENAI_API_KEYS": .init(value: "k0;;k2", source: "test"),
            "OPENAI_API_CONFIGS": .init(
                value: #"{"0":{"enable":false},"http://c/v1":{"prefix_id":"c"}}"#, source: "test"),
        ])
        let connections = OpenAIConnection.all(settings)
        #expect(connections.map(\.index) == [1, 2])
        #expect(connections.map(\.url) == ["http://b/v1", "http://c/v1"])
        #expect(connections.map(\.key) == ["", "k2"])
        #expect(connections.map(\.prefix) == ["", "c"])
    }

    @Test("what an address hides is not in its name")
    func names() {
        #expect(OpenAIConnection.withoutCredentials("https://me:pass@host/v1?key=x") == "https://host/v1")
        #expect(OpenAIConnection.withoutCredentials("http://host/a@b") == "http://host/a@b")
    }
}
