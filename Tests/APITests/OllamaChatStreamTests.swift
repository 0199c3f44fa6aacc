import Contracts
import HTTPFront
import NIOCore
import NIOHTTP1
import Testing

@testable import API

@Suite("Ollama's stream as OpenAI's")
struct OllamaChatStreamTests {
    private static let start =
        #"{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"#
    private static let last =
        start + #"""},"done":true,"done_reason":"stop","total_duration":5000000000,"prompt_eval_count":7,"#
        + #""eval_count":2,"eval_duration":40000000}"#
    private static let lines = [
        start + #""Hé \"llo\"\n"},"done":false}"#,
        start + #""","thinking":"hm"},"done":false}"#,
        start + #""","tool_calls":[{"function":{"name":"f","arguments":{"b":1,"a":[2]}}}]},"done":false}"#,
        start + #""wor\u00e9ld","images":null},"done":false,"i":3}"#,
        last,
    ]
    private static let text = lines.joined(separator: "\n") + "\n"

    private static func stream(usageApart: Bool = false) -> OllamaChatStream {
        let stream = OllamaChatStream(.init(id: "id-1", created: 5, model: "mine"), sendsUsageApart: usageApart)
        _ = stream.head(.ok, ["content-type": "application/x-ndjson"])
        return stream
    }

    private static func converted(_ chunks: [ArraySlice<UInt8>], usageApart: Bool = false) -> String {
        let stream = stream(usageApart: usageApart)
        var output = ""
        for chunk in chunks {
            output += String(buffer: stream.data(ByteBuffer(bytes: chunk)))
            if stream.hasGivenUp { break }
        }
        if case .bytes(let rest) = stream.end() { output += String(buffer: rest) }
        return output
    }

    private static func converted(_ text: String, usageApart: Bool = false) -> String {
        converted([Array(text.utf8)[...]], usageApart: usageApart)
    }

    /// The events, decoded; `[DONE]` is null.
    private static func events(_ output: String) throws -> [JSONValue] {
        try output.split(separator: "\n\n").map { event in
            let data = event.dropFirst("data: ".count)
            guard event.hasPrefix("data: ") else { throw Wrong(text: String(event)) }
            return data == "[DONE]" ? .null : try JSONValue(json: data.utf8)
        }
    }

    private struct Wrong: Error { var text: String }

    /// The same numbers at each run (splitmix64).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }

    private static func delta(_ event: JSONValue) -> JSONValue? { event["choices"]?.elements?.first?["delta"] }

    @Test("texts, thoughts, tool calls, the reason and the counts arrive, in their order")
    func whole() throws {
        let events = try Self.events(Self.converted(Self.text))
        #expect(events.count == 6 && events.last == .null)
        #expect(Self.delta(events[0]) == .object(["role": .string("assistant"), "content": .string("Hé \"llo\"\n")]))
        #expect(Self.delta(events[1]) == .object(["reasoning_content": .string("hm")]))
        let call = Self.delta(events[2])?["tool_calls"]?.elements?.first
        #expect(call?["function"]?["arguments"] == .string(#"{"b":1,"a":[2]}"#))
        #expect(call?["index"] == .integer(0) && call?["type"] == .string("function"))
        #expect(call?["id"]?.text?.hasPrefix("call_") == true)
        #expect(Self.delta(events[3]) == .object(["content": .string("woréld")]))
        let choice = events[4]["choices"]?.elements?.first
        #expect(choice?["finish_reason"] == .string("tool_calls") && choice?["delta"] == .object([:]))
        #expect(events[4]["usage"]?["total_tokens"] == .integer(9))
        #expect(events[4]["usage"]?["response_token/s"]?.double == 50)
        #expect(events[4]["usage"]?["approximate_total"] == .string("0h0m5s"))
        for event in events.dropLast() {
            #expect(event["id"] == .string("id-1") && event["model"] == .string("mine"))
            #expect(event["object"] == .string("chat.completion.chunk") && event["created"] == .integer(5))
        }
    }

    @Test("usage comes in an event of its own where it was asked for")
    func usageApart() throws {
        let events = try Self.events(Self.converted(Self.text, usageApart: true))
        #expect(events.count == 7 && events[4]["usage"] == nil)
        #expect(events[5]["choices"] == .array([]) && events[5]["usage"]?["prompt_tokens"] == .integer(7))
    }

    /// Ids of calls are made up.
    private static func normalised(_ output: String) -> String {
        output.replacing(/call_[0-9a-f]{32}/, with: "call")
    }

    @Test("every split of the stream gives the same events")
    func everySplit() {
        let bytes = Array(Self.text.utf8)
        let whole = Self.normalised(Self.converted(Self.text))
        for split in 0...bytes.count {
            #expect(Self.normalised(Self.converted([bytes[..<split], bytes[split...]])) == whole, "\(split)")
        }
        for size in 1...7 {
            let chunks = stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<min(bytes.count, $0 + size)] }
            #expect(Self.normalised(Self.converted(chunks)) == whole)
        }
    }

    @Test("a last line without its end counts; empty lines do not")
    func lineEnds() throws {
        let text = "\n" + Self.lines[0] + "\n\n" + Self.lines[4]
        #expect(try Self.events(Self.converted(text)).last == .null)
    }

    private static let brokenTexts: [String] = [
        "",
        "\(lines[0])\n",
        "\(lines[0])\n\(lines[4].dropLast(5))",
        "\(lines[0])\nnonsense\n\(lines[4])\n",
        "\(lines[0])\n{\"model\": nonsense}\n\(lines[4])\n",
        "\(lines[0])\n{\"error\":\"CUDA out of memory\"}\n",
        #"{"\u0065rror":"hidden","message":{"role":"assistant","content":"x"},"done":false}"# + "\n",
        "\(lines[0])\n{\"error\":\"lost\",\"done\":true,\"done_reason\":\"error\"}\n",
        "[]\n",
        "{}\n{}\n",
    ]

    @Test("what breaks off or is broken ends with an error, and nothing comes after it", arguments: brokenTexts)
    func broken(_ text: String) throws {
        let events = try Self.events(Self.converted(text))
        #expect(events.last?["error"]?["message"]?.text?.isEmpty == false, "\(events)")
        #expect(events.dropLast().allSatisfy { $0["error"] == nil && $0 != .null })
    }

    @Test("a loss is told after what was whole of the last line")
    func lost() throws {
        let stream = Self.stream()
        _ = stream.data(ByteBuffer(string: Self.lines[0] + "\n" + #"{"error":"the backend died"}"#))
        guard case .bytes(let rest) = stream.broken("ollama-lb-proxy was lost") else { throw Wrong(text: "cut") }
        #expect(String(buffer: rest).contains("the backend died"))
    }

    @Test("an error in place of a stream keeps its status and has OpenAI's shape")
    func refused() throws {
        for (status, type, body) in [
            (404, "application/json", #"{"error":"model 'm' not found"}"#), (503, "text/plain", "server busy"),
            (429, "application/json", #"{"error":{"message":"slow down"}}"#), (500, "text/html", "<html>"),
        ] {
            let stream = OllamaChatStream(.init(created: 1, model: "m"), sendsUsageApart: false)
            let head = stream.head(.init(statusCode: status), ["content-type": type, "retry-after": "3"])
            if head != nil { Issue.record("a stream was begun with \(status)") }
            _ = stream.data(ByteBuffer(string: body))
            guard case .whole(let response) = stream.end(), case .bytes(let bytes) = response.body else {
                throw Wrong(text: body)
            }
            let error = try JSONValue(json: bytes.readableBytesView)["error"]
            #expect(response.status.code == UInt(status) && error?["message"]?.text?.isEmpty == false)
            #expect(error?["message"]?.text?.contains("<") == false)
            #expect(response.headers.first(name: "retry-after") == "3")
        }
    }

    @Test("whatever bytes come, the client gets well-formed events and an honest end")
    func fuzz() throws {
        var generator = Generator(state: 7)
        let original = Array(Self.text.utf8)
        for _ in 0..<2000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0x20..<0x7f, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: "\n\"}\\{".utf8.shuffled(using: &generator).prefix(2), at: place)
                }
            }
            // Characters that were cut in two are not for this to mend.
            bytes = Array(String(decoding: bytes, as: UTF8.self).utf8)
            var chunks: [ArraySlice<UInt8>] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let size = Int.random(in: 1...200, using: &generator)
                chunks.append(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            let output = Self.converted(chunks)
            let events = try Self.events(output)
            #expect(events.last == .null || events.last?["error"] != nil, "\(output)")
            #expect(events.dropLast().allSatisfy { $0 != .null && $0["error"] == nil }, "\(output)")
        }
    }
}
