import Contracts
import Testing

@testable import SCIM

@Suite("JSON of requests")
struct JSONTests {
    @Test("documents are read as they are written")
    func roundTrip() throws {
        let text = #"{"a":[1,-2,0.5,true,false,null,"x\"\\\n\u00e9😀"],"b":{"c":{}},"d":[]}"#
        let value = try JSONReader.read(text)
        #expect(try JSONReader.read(value.jsonText) == value)
        #expect(value["a"]?.elements?.count == 7)
        #expect(try JSONReader.read(#""\ud83d\ude00\/\b""#) == .string("😀/\u{8}"))
        #expect(try JSONReader.read(" 1e3 ") == .number(1000))
    }

    @Test(
        "what is no JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":}", "tru", "01", "1.", "+1", "\"\\ud800\"", "\"\u{1}\"", "{} {}", "\"a", "nul",
            "-",
            "{\"a\" 1}", "[1 2]", "\"\\x\"", "1e999",
        ])
    func malformed(text: String) {
        #expect(throws: JSONReader.Malformed.self) { try JSONReader.read(text) }
    }

    @Test("depth is limited")
    func depth() throws {
        let limit = JSONReader.depthLimit
        _ = try JSONReader.read(String(repeating: "[", count: limit) + String(repeating: "]", count: limit))
        #expect(throws: JSONReader.Malformed.self) {
            try JSONReader.read(String(repeating: "[", count: 1 << 20))
        }
    }
}
