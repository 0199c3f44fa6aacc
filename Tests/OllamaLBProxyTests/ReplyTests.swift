import Contracts
import DaemonKit
import Egress
import Testing

@testable import OllamaLBProxy

@Suite struct ReplyTests {
    static func last(_ text: String, keepsBefore: Bool = true, pieces: Int = 1) -> LastLine {
        var last = LastLine(keepsBefore: keepsBefore)
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            bytes[start..<min(bytes.count, start + pieces)].withUnsafeBytes { last.add($0) }
        }
        return last
    }

    @Test("of an event stream the last event before [DONE] tells the usage, however it is cut", arguments: 1...120)
    func usage(_ pieces: Int) {
        let text =
            "data: {\"id\":1}\n\ndata: {\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":9}}\n\ndata: [DONE]\n\n"
        for text in [text, text.replacing("\n", with: "\r\n").replacing("\r\n\r\n", with: "\r\n\n")] {
            let last = Self.last(text, pieces: pieces)
            #expect(last.isDone)
            let counters = StreamCounters.read(last.telling)
            #expect(counters?.promptTokens == 7 && counters?.completionTokens == 9)
        }
    }

    @Test("the line before the last is right on every cut", arguments: 1...40)
    func before(_ pieces: Int) {
        for (text, telling) in [
            ("a\n\nb\n\ndata: [DONE]", "b"), ("data: [DONE]\n", ""), ("a\ndata: [DONE]\n\n\n", "a"), ("a\nb\nc", "c"),
            ("first\nsecond\ndata: [DONE]\nthird\n", "third"),
        ] {
            #expect(String(decoding: Self.last(text, pieces: pieces).telling, as: UTF8.self) == telling, "\(text)")
        }
    }

    static func form(_ type: String, _ path: String = "/api/chat") -> ReplyForm {
        ReplyForm(ResponseHead(status: 200, headers: [("Content-Type", type)]), path: path)
    }

    @Test("an answer without its end is at fault, one with it or with an error is not")
    func faults() {
        func fault(_ form: ReplyForm, _ text: String, _ kind: ExchangeKind = .generation) -> String? {
            let last = Self.last(text)
            return form.fault(last, StreamCounters.read(last.telling), bytes: UInt64(text.utf8.count), of: kind)
        }
        let lines = Self.form("application/x-ndjson; charset=utf-8", "/api/generate?x=1")
        #expect(fault(lines, "{\"done\":false}\n") != nil && fault(lines, "{\"done\":true}\n") == nil)
        #expect(fault(lines, "{\"error\":\"x\"}\n") == nil)
        let events = Self.form("text/event-stream", "/v1/chat/completions")
        #expect(fault(events, "data: {\"a\":1}\n\n") != nil && fault(events, "data: {}\n\ndata: [DONE]\n\n") == nil)
        #expect(fault(events, "data: {\"error\":{\"message\":\"x\"}}\n\n") == nil)
        #expect(fault(Self.form("application/x-ndjson", "/api/pull"), "{\"status\":\"x\"}\n", .change) == nil)
        #expect(fault(Self.form("application/json"), "") != nil, "200 and nothing in it")
        #expect(fault(Self.form("application/json", "/api/delete"), "", .change) == nil)
    }

    @Test("a broken stream ends with a line that clients of its kind can read")
    func honestEnds() throws {
        let line = try #require(Self.form("application/x-ndjson").honestEnd("no \"luck\"", afterBreak: false))
        #expect(line == "\n{\"error\":\"no \\\"luck\\\"\",\"done\":true,\"done_reason\":\"error\"}\n")
        let event = try #require(Self.form("text/event-stream", "/v1/responses").honestEnd("x", afterBreak: true))
        #expect(event == "\ndata: {\"error\":{\"message\":\"x\"}}\n\n")
        #expect(Self.form("application/json").honestEnd("x", afterBreak: true) == nil)
    }

    @Test("what a request waited inside the server is what its counters do not account for")
    func account() throws {
        let text =
            #"{"done":true,"load_duration":10000000,"prompt_eval_count":3,"prompt_eval_duration":90000000,"#
            + #""eval_count":10,"eval_duration":1000000000}"#
        let counters = try #require(StreamCounters.read(Array(text.utf8)))
        let streamed = AnswerAccount(
            counters, firstByteMilliseconds: 600, totalMilliseconds: 1700, isStreamed: true, wasPaused: false)
        #expect(streamed.waited == .milliseconds(500) && streamed.work == .milliseconds(1100))
        #expect(streamed.tokensPerSecond == 10 && !streamed.isColdStart)
        let whole = AnswerAccount(
            counters, firstByteMilliseconds: 1150, totalMilliseconds: 1150, isStreamed: false, wasPaused: false)
        #expect(whole.waited == .milliseconds(50))
        let usage = StreamCounters.read(Array(#"data: {"usage":{"prompt_tokens":1,"completion_tokens":101}}"#.utf8))
        let events = AnswerAccount(
            usage, firstByteMilliseconds: 100, totalMilliseconds: 1100, isStreamed: true, wasPaused: false)
        #expect(events.tokensPerSecond == 100 && events.waited == nil)
        let paused = AnswerAccount(
            usage, firstByteMilliseconds: 100, totalMilliseconds: 1100, isStreamed: true, wasPaused: true)
        #expect(paused.tokensPerSecond == 0)
    }

    @Test("options of a backend: prefix, allowed models, bounds")
    func options() throws {
        let json =
            #"{"enable":false,"key":"k","prefix_id":"p","model_ids":["a:1b","b"],"weight":-3,"max_in_flight":2.0}"#
        let options = BackendOptions(try JSONValue(json: json.utf8))
        #expect(!options.isEnabled && options.key == "k" && options.maxInFlight == 2 && options.weight == 0.01)
        #expect(options.local("p.a:1b") == "a:1b" && options.local("a:1b") == nil && options.visible("a") == "p.a")
        #expect(options.admits("a:1b") && options.admits("b:latest") && !options.admits("c"))
        #expect(BackendOptions(nil) == BackendOptions() && BackendOptions(nil).admits("anything"))
        #expect(BackendOptions(.string("nonsense")) == BackendOptions())
    }

    @Test("the kind of a request follows from its path, its class from both")
    func kinds() {
        #expect(ExchangeKind(path: "/api/chat?x") == .generation && ExchangeKind(path: "/api/embed") == .embedding)
        #expect(ExchangeKind(path: "/api/pull") == .change && ExchangeKind(path: "/api/blobs/sha256:1") == .change)
        #expect(ExchangeKind(path: "/api/pullover") == .other && ExchangeKind(path: "/api/show") == .other)
        #expect(ExchangeKind.embedding.priority(.interactive) == .embedding)
        #expect(ExchangeKind.generation.priority(.job) == .job)
        #expect(ExchangeKind.generation.priority(.UNRECOGNIZED(9)) == .interactive)
    }
}
