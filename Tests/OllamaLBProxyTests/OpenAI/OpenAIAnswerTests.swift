import Contracts
import Egress
import Testing

@testable import OllamaLBProxy

@Suite("Answers of servers with OpenAI's API")
struct OpenAIAnswerTests {
    private func tail(_ pieces: String...) -> AnswerTail {
        var tail = AnswerTail()
        for piece in pieces { Array(piece.utf8).withUnsafeBytes { tail.add($0) } }
        return tail
    }

    @Test(
        "token counts are read from wherever they are last",
        arguments: [
            (#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#, 3, 4),
            (
                #"data: {"usage":null}"# + "\n\n" + #"data: {"usage": {"completion_tokens":4, "prompt_tokens":3}}"#
                    + "\n\ndata: [DONE]\n\n", 3, 4
            ),
            (#"{"usage":{"input_tokens":3,"output_tokens":4,"output_tokens_details":{"reasoning_tokens":1}}}"#, 3, 4),
            (
                #"{"usage":{"prompt_tokens":3},"choices":[{"text":"\"usage\":{\"prompt_tokens\":9}"}],"usage":null}"#,
                3, 0
            ),
            (#"{"choices":[],"timings":{"cache_n":1,"prompt_n":2,"predicted_n":4,"predicted_per_second":9.5}}"#, 3, 4),
            (#"ns":9},"usage":{"prompt_tokens":3,"completion_tokens":4},"timings":{"x":1}}"#, 3, 4),
        ])
    func usage(_ text: String, _ prompt: Int, _ completion: Int) {
        let usage = tail(text).usage
        #expect(usage?.promptTokens == UInt64(prompt))
        #expect(usage?.completionTokens == UInt64(completion))
    }

    @Test(
        "no counts where there are none, or where they are cut off",
        arguments: ["", "{}", #"{"usage":{"prompt_tokens":3"#, #"{"usage":3}"#])
    func noUsage(_ text: String) { #expect(tail(text).usage == nil) }

    @Test("the tail keeps the last events, however many came before and however they were cut")
    func longStream() {
        var tail = AnswerTail()
        let text =
            String(repeating: #"data: {"choices":[{"delta":{"content":"word"}}]}"# + "\n\n", count: 20_000)
            + #"data: {"usage":{"prompt_tokens":1,"completion_tokens":2}}"# + "\n\ndata: [DONE]\n\n"
        let bytes = Array(text.utf8)
        var start = 0
        var step = 1
        while start < bytes.count {
            let end = min(bytes.count, start + step)
            bytes[start..<end].withUnsafeBytes { tail.add($0) }
            start = end
            step = step % 4001 + 13
        }
        #expect(tail.usage == OpenAIUsage(Array(#""usage":{"prompt_tokens":1,"completion_tokens":2}"#.utf8)))
        #expect(tail.saysEnd && tail.endsWithEvent)
    }

    @Test(
        "a stream that is over says so",
        arguments: [
            ("data: [DONE]\n\n", true), (#"data: {"choices":[{"finish_reason":"stop"}]}"# + "\n\n", true),
            (#"data: {"choices":[{"finish_reason":null}]}"# + "\n\n", false),
            ("event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n", true),
            (#"data: {"type":"response.output_text.delta","delta":"x"}"# + "\n\n", false),
            (#"data: {"error":{"message":"x"}}"# + "\n\n", true), ("", false),
        ])
    func ends(_ text: String, _ isOver: Bool) { #expect(tail(text).saysEnd == isOver) }

    @Test(
        "errors get OpenAI's shape, and keep what they said",
        arguments: [
            (#"{"error":{"message":"m","code":"c"}}"#, "m"), (#"{"detail":"m"}"#, "m"), (#"{"error":"m"}"#, "m"),
            (#"{"message":"m","x":1}"#, "m"), ("plain m", "plain m"),
            ("<html>x</html>", "the server answered with status 418"),
            ("", "the server answered with status 418"), ("[1]", "[1]"),
        ])
    func errors(_ body: String, _ message: String) throws {
        let result = try JSONValue(json: OpenAIErrorBody.normalised(Array(body.utf8), status: 418, key: "sk-12345678"))
        #expect(result["error"]?["message"]?.text == message)
        if body.contains("\"x\"") { #expect(result["x"] == .integer(1)) }
    }

    @Test("a key that a server repeats is taken out")
    func redaction() {
        let key = "sk-abcdefgh"
        let body = Array(#"{"error":{"message":"bad key sk-abcdefgh, sk-abcdefgh"}}"#.utf8)
        let result = String(decoding: OpenAIErrorBody.normalised(body, status: 401, key: key), as: UTF8.self)
        #expect(result == #"{"error":{"message":"bad key ********, ********"}}"#)
    }

    @Test("of the head only what clients need is passed on")
    func head() {
        let head = ResponseHead(
            status: 200,
            headers: [
                ("Content-Type", "text/event-stream"), ("Set-Cookie", "a=b"), ("OpenAI-Organization", "org"),
                ("X-RateLimit-Remaining-Requests", "9"), ("Access-Control-Allow-Origin", "*"), ("Server", "x"),
            ])
        #expect(OpenAIAnswerHead.passed(head).headers.map(\.0) == ["Content-Type", "X-RateLimit-Remaining-Requests"])
    }
}
