import Contracts
import NIOCore
import Testing

@testable import API

@Suite("A body before it is decoded")
struct BodyScanTests {
    private func scan(_ text: String) -> BodyScan { BodyScan(ByteBuffer(string: text)) }

    @Test(
        "brackets count where they are none of a text's",
        arguments: [
            ("", 0), ("5", 0), ("{}", 1), ("[[],[[]]]", 3), (#"{"a":"[[[["}"#, 1), (#"{"a":"\"[[","b":[]}"#, 2),
            (#"{"a":"\\","b":[[]]}"#, 3), ("[[[[", 4), ("]]]]", 0),
        ])
    func depth(_ text: String, _ expected: Int) { #expect(scan(text).depth == expected) }

    @Test(
        "only the escape of NUL counts as one",
        arguments: [
            (#"{"a":"\u0000"}"#, true), (#"{"\u0000":1}"#, true), (#"["x\\\u0000"]"#, true), (#"["\\u0000"]"#, false),
            (#"["\u00001"]"#, true), (#"["\u0001"]"#, false), (#"["\u000"#, false), (#"["\"#, false),
        ])
    func nul(_ text: String, _ expected: Bool) { #expect(scan(text).hasNUL == expected) }

    @Test(
        "a comma before a closing bracket, and zero bytes, are no JSON",
        arguments: [
            ("[1,]", true), ("{\"a\":1 ,\n}", true), ("[1,2]", false), (#"[",]"]"#, false), ("[\",\",\"]\"]", false),
            ("{\0}", true), ("[\"\0\"]", true),
        ])
    func foreign(_ text: String, _ expected: Bool) {
        #expect(scan(text).isForeign == expected)
        if expected { #expect(throws: (any Error).self) { try Validation(ByteBuffer(string: text)) } }
    }

    @Test("what is told back of a wrong body is short, and of many problems some")
    func bounded() {
        let long = JSONValue.string(String(repeating: "x", count: 5000))
        #expect(long.isLarger(than: 2048) && !JSONValue.string("x").isLarger(than: 2048))
        #expect(JSONValue.array(Array(repeating: .null, count: 5000)).isLarger(than: 2048))
        #expect(JSONValue.object([String(repeating: "x", count: 5000): .null]).isLarger(than: 2048))
        let problem = Validation.Problem(type: "t", location: [.name("body")], message: "m", input: long)
        let error = Validation.error(Array(repeating: problem, count: 5000))
        #expect(error.detail.readableBytes < 20_000)
    }
}
