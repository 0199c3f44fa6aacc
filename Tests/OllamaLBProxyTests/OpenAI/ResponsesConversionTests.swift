import Contracts
import Testing

@testable import OllamaLBProxy

@Suite("Chats that are asked through /responses")
struct ResponsesConversionTests {
    private func json(_ text: String) throws -> JSONValue { try JSONValue(json: text.utf8) }

    @Test("messages, tools, limits and formats become those of /responses")
    func request() throws {
        let chat = #"""
            {"model":"m","stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":9,"seed":1,
            "reasoning_effort":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}},
            "tool_choice":{"type":"function","function":{"name":"f"}},
            "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"type":"web_search"}],
            "messages":[{"role":"system","content":"s"},{"role":"user","content":"u"},
            {"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"data:x"}}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c","content":"r"},{"role":"assistant","content":"a"}]}
            """#
        let result = try JSONValue(json: ResponsesRequest.converted(try JSONMembers(chat.utf8)).encoded)
        let wanted = #"""
            {"model":"m","stream":true,"max_output_tokens":9,"reasoning":{"effort":"low"},"instructions":"s",
            "text":{"format":{"type":"json_schema","name":"n","schema":{}}},"tool_choice":{"type":"function","name":"f"},
            "tools":[{"type":"function","name":"f","parameters":{"type":"object"}},{"type":"web_search"}],
            "input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"u"}]},
            {"type":"message","role":"user","content":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"data:x"}]},
            {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
            {"type":"function_call_output","call_id":"c","output":"r"},
            {"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]}]}
            """#
        #expect(result == (try json(wanted)))
    }

    @Test("a whole answer becomes a chat completion with its text, reasoning, calls and counts")
    func answer() throws {
        let response = #"""
            {"id":"r","created_at":5,"model":"m","status":"completed","output":[
            {"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},
            {"type":"message","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"}]},
            {"type":"function_call","call_id":"c","name":"f","arguments":"{}"}],
            "usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}
            """#
        let wanted = #"""
            {"id":"r","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls",
            "message":{"role":"assistant","content":"ab","reasoning_content":"hm","tool_calls":[
            {"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}}],
            "usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}
            """#
        #expect(try JSONValue(json: ResponsesAnswer.converted(Array(response.utf8))) == (try json(wanted)))
        #expect(throws: JSONScanner.Malformed.self) { try ResponsesAnswer.converted(Array("{}".utf8)) }
    }

    private static let stream = [
        #"event: response.created"#,
        #"data: {"type":"response.created","response":{"id":"r","created_at":5,"model":"m"}}"#, "",
        #"data: {"type":"response.output_text.delta","delta":"a\n"}"#, "", ": comment", "",
        #"data: {"type":"response.output_item.added","item":{"type":"function_call","id":"i","call_id":"c","name":"f"}}"#,
        "",
        #"data: {"type":"response.function_call_arguments.delta","item_id":"i","delta":"{}"}"#, "",
        #"data: {"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}}"#,
        "", "",
    ].joined(separator: "\n")

    private func run(_ text: String, cut: Int) -> String {
        var stream = ResponsesStream(includesUsage: true)
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        for part in [bytes[..<cut], bytes[cut...]] { part.withUnsafeBytes { result += stream.add($0) } }
        #expect(stream.isOver)
        return String(decoding: result, as: UTF8.self)
    }

    @Test("a stream becomes one of chat completions, wherever it is cut into pieces")
    func stream() throws {
        let whole = run(Self.stream, cut: 0)
        let events = whole.split(separator: "\n").map { String($0.dropFirst(6)) }
        #expect(events.last == "[DONE]" && events.count == 6)
        let chunks = try events.dropLast().map(json)
        #expect(chunks.allSatisfy { $0["id"]?.text == "r" && $0["object"]?.text == "chat.completion.chunk" })
        let deltas = chunks.map { $0["choices"]?.elements?.first?["delta"] }
        #expect(deltas[0] == (try json(#"{"role":"assistant","content":"a\n"}"#)))
        #expect(deltas[1]?["tool_calls"]?.elements?.first?["function"]?["name"]?.text == "f")
        #expect(deltas[2] == (try json(#"{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"#)))
        #expect(chunks[3]["choices"]?.elements?.first?["finish_reason"]?.text == "tool_calls")
        #expect(chunks[4]["usage"]?["completion_tokens"] == .integer(2))
        for cut in 1..<Self.stream.utf8.count { #expect(run(Self.stream, cut: cut) == whole) }
    }

    @Test(
        "a failure in the stream becomes an error that clients read",
        arguments: [
            #"{"type":"response.failed","response":{"error":{"code":"c","message":"no"}}}"#,
            #"{"type":"error","code":"c","message":"no"}"#,
        ])
    func failure(_ event: String) throws {
        let text = run("data: \(event)\n\n", cut: 3)
        let error = try json(String(text.dropFirst(6)))["error"]
        #expect(error?["message"]?.text == "no" && error?["code"]?.text == "c" && text.hasSuffix("\n\n"))
    }
}
