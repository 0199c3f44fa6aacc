import Testing

@testable import OllamaLBProxy

@Suite struct StreamCountersTests {
    static func read(_ text: String) -> StreamCounters? { StreamCounters.read(Array(text.utf8)) }

    @Test("the last line of a chat gives its counters")
    func chat() throws {
        let line =
            #"{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"#
            + #""done_reason":"stop","total_duration":5191566416,"load_duration":2154458,"prompt_eval_count":26,"#
            + #""prompt_eval_duration":383809000,"eval_count":298,"eval_duration":4799921000}"#
        let counters = try #require(Self.read(line))
        #expect(counters.done == true && counters.error == nil)
        #expect(counters.prompt_eval_count == 26 && counters.eval_count == 298 && counters.load_duration == 2_154_458)
        #expect(abs(counters.tokensPerSecond - 62.08) < 0.01)
        #expect(Self.read(line + "\r") == counters)
    }

    @Test("an error line gives its text")
    func error() {
        let counters = Self.read(#"{"error":"model requires more system memory"}"#)
        #expect(counters?.error == "model requires more system memory" && counters?.done == nil)
    }

    @Test("a line without the counters is read, with none", arguments: ["{}", #"{"done":false}"#, #"{"models":[]}"#])
    func without(_ line: String) throws {
        let counters = try #require(Self.read(line))
        #expect(counters.eval_count == nil && counters.tokensPerSecond == 0 && counters.done != true)
    }

    @Test(
        "what is no JSON object gives nothing, and is no trap",
        arguments: [
            "", " ", "[]", "null", "7", "\"done\"", "{", "{\"done\":tru", "data: [DONE]", "}{", "\u{0}", "\u{fffd}",
            "{\"done\":true}{\"done\":true}", String(repeating: "[", count: 30_000),
            String(repeating: "{\"a\":", count: 10_000),
        ])
    func none(_ line: String) {
        #expect(Self.read(line) == nil)
    }

    @Test("bytes that are no UTF-8 give nothing")
    func noText() {
        #expect(StreamCounters.read([0x7b, 0xff, 0xfe, 0x7d]) == nil)
    }

    @Test("a rate is told only where there is a time to divide by")
    func rate() {
        for line in [
            #"{"eval_count":5}"#, #"{"eval_duration":5}"#, #"{"eval_count":5,"eval_duration":0}"#,
            #"{"eval_count":5,"eval_duration":-1}"#, #"{"eval_count":null,"eval_duration":null}"#,
        ] {
            #expect(Self.read(line)?.tokensPerSecond == 0)
        }
        #expect(Self.read(#"{"eval_count":0,"eval_duration":1}"#)?.tokensPerSecond == 0)
        #expect(Self.read(#"{"eval_count":3,"eval_duration":1.5e9}"#)?.tokensPerSecond == 2)
    }

    @Test("a moving average begins with its first value and moves by a fifth")
    func average() {
        var average = MovingAverage()
        #expect(average.value == nil)
        average.add(100)
        #expect(average.value == 100)
        average.add(200)
        #expect(average.value == 120)
        for _ in 0..<100 { average.add(50) }
        #expect(abs((average.value ?? 0) - 50) < 1e-6)
    }
}
