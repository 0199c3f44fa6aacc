import Contracts
import NIOCore
import Testing

@testable import API

@Suite("OpenAI's requests for Ollama")
struct ChatRequestTests {
    private func ollama(_ text: String, isStreamed: Bool = true) throws -> JSONValue {
        let request = try ChatRequest(ByteBuffer(string: text))
        return try JSONValue(json: request.ollama(nil, isStreamed: isStreamed).readableBytesView)
    }

    private func messages(_ text: String) throws -> [JSONValue] {
        try ollama("{\"model\":\"m\",\"messages\":\(text)}")["messages"]?.elements ?? []
    }

    @Test("options, stop, format and tools find their places; Open WebUI's own members do not go along")
    func options() throws {
        let body = try ollama(
            #"""
            {"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5,"max_tokens":9,"seed":1,
             "top_p":null,"stop":"END","options":{"num_ctx":512,"temperature":0.25},"params":{"top_k":3,"system":"no"},
             "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},
             "tools":[{"type":"function","function":{"name":"f"}}],"reasoning_effort":"high","keep_alive":"5m",
             "chat_id":"c","session_id":"s","features":{"x":1},"metadata":{},"stream_options":{"include_usage":true}}
            """#)
        let expected: JSONValue = try JSONValue(
            json: #"{"temperature":0.25,"num_predict":9,"seed":1,"stop":["END"],"num_ctx":512,"top_k":3}"#.utf8)
        #expect(body["options"] == expected)
        #expect(body["format"] == .object(["type": .string("object")]))
        #expect(body["think"] == .string("high") && body["keep_alive"] == .string("5m"))
        #expect(body["tools"]?.elements?.count == 1 && body["stream"] == .bool(true))
        guard case .object(let members) = body else { return }
        #expect(
            Set(members.keys) == ["model", "messages", "stream", "tools", "format", "think", "keep_alive", "options"])
        #expect(
            try ollama(#"{"model":"m","messages":[{"role":"user"}],"response_format":{"type":"json_object"}}"#)[
                "format"]
                == .string("json"))
    }

    @Test("texts, images, calls and results of tools become Ollama's")
    func conversion() throws {
        let converted = try messages(
            #"""
            [{"role":"developer","content":"be kind"},
             {"role":"user","content":[{"type":"text","text":"what "},{"type":"text","text":"is it?"},
               {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}},
               {"type":"image_url","image_url":"data:image\/jpeg;base64,\/9j\/4AA="}]},
             {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[
               {"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Berlin\"}"}},
               {"id":"c2","type":"function","function":{"name":"time","arguments":""}}]},
             {"role":"tool","tool_call_id":"c1","content":"sunny"}]
            """#)
        #expect(converted[0] == .object(["role": .string("system"), "content": .string("be kind")]))
        #expect(converted[1]["content"] == .string("what is it?"))
        #expect(converted[1]["images"] == .array([.string("iVBORw0KGgo="), .string("/9j/4AA=")]))
        #expect(converted[2]["thinking"] == .string("hm") && converted[2]["content"] == .string(""))
        let calls = converted[2]["tool_calls"]?.elements
        #expect(calls?[0]["function"]?["arguments"] == .object(["city": .string("Berlin")]))
        #expect(calls?[1]["function"]?["arguments"] == .object([:]))
        #expect(converted[3]["tool_name"] == .string("weather") && converted[3]["content"] == .string("sunny"))
    }

    @Test(
        "what cannot be converted is refused, and says which member it is",
        arguments: [
            (#"{"model":"m","messages":[{"content":"x"}]}"#, "messages[0]"),
            (#"{"model":"m","messages":[]}"#, "messages"), (#"{"model":"m"}"#, "messages"),
            (#"{"messages":[]}"#, "model"), (#"{"model":"","messages":[]}"#, "model"),
            (#"{"model":"m","Model":"x","messages":[{"role":"user","content":"x"}]}"#, "model"),
            (#"{"model":"m","n":2,"messages":[{"role":"user","content":"x"}]}"#, "n"),
            (#"{"model":"m","temperature":"hot","messages":[{"role":"user","content":"x"}]}"#, "temperature"),
            (#"{"model":"m","stop":[1],"messages":[{"role":"user","content":"x"}]}"#, "stop"),
            (#"{"model":"m","messages":[{"role":"user","content":7}]}"#, "messages[0].content"),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio"}]}]}"#,
                "messages[0].content[0].type"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://x/y"}}]}]}"#,
                "messages[0].content[0].image_url"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,a\"b"}}]}]}"#,
                "messages[0].content[0].image_url"
            ),
            (
                #"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"[1]"}}]}]}"#,
                "messages[0].tool_calls[0].function.arguments"
            ),
            (#"{"model":"m","messages":[{"role":"user"}],"response_format":{"type":"xml"}}"#, "response_format.type"),
        ])
    func refusals(_ text: String, _ param: String) {
        let error = #expect(throws: CompletionError.self) { try ollama(text) }
        #expect(error?.status == .badRequest && error?.param == param)
    }

    @Test("a request for a server with OpenAI's API stays as it is, but for what is Open WebUI's own")
    func openAI() throws {
        let text =
            #"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"chat_id":"c","id":"x","n":2,"#
            + #""params":{"temperature":0.5},"stream_options":{"include_usage":true}}"#
        let request = try ChatRequest(ByteBuffer(string: text))
        let body = try JSONValue(json: request.openAI(nil, isStreamed: true).readableBytesView)
        let expected =
            #"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"n":2,"temperature":0.5,"#
            + #""stream_options":{"include_usage":true}}"#
        #expect(try body == JSONValue(json: expected.utf8))
    }

    @Test("embeddings keep their numbers, or become floats in base64")
    func embeddings() throws {
        let answer = ByteBuffer(string: #"{"model":"m","embeddings":[[0.25,-0.50],[1e0]],"prompt_eval_count":3}"#)
        let plain = try #require(OllamaEmbeddings.list(answer, "mine", false))
        #expect(String(buffer: plain).contains(#""embedding":[0.25,-0.50]}"#))
        let list = try JSONValue(json: plain.readableBytesView)
        #expect(list["usage"]?["prompt_tokens"] == .integer(3) && list["model"] == .string("mine"))
        let packed = try JSONValue(json: #require(OllamaEmbeddings.list(answer, "mine", true)).readableBytesView)
        // 0.25 and -0.5: 3e800000 and bf000000, lowest byte first.
        #expect(packed["data"]?.elements?.first?["embedding"] == .string("AACAPgAAAL8="))
        for broken in ["", "{}", #"{"embeddings":[1]}"#, #"{"embeddings":[["x"]]}"#] {
            #expect(OllamaEmbeddings.list(ByteBuffer(string: broken), "m", true) == nil)
        }
        for bad in [#"{"model":"m","input":[[1,2]]}"#, #"{"model":"m","input":[]}"#] {
            #expect(throws: CompletionError.self) { try EmbeddingsRequest(ByteBuffer(string: bad)).ollama() }
        }
        for bad in ["", "[]", "{}", #"{"model":"m"}"#, #"{"model":"m","input":1}"#, #"{"input":"x"}"#] {
            #expect(throws: CompletionError.self) { try EmbeddingsRequest(ByteBuffer(string: bad)) }
        }
    }
}
