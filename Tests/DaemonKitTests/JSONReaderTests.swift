import Contracts
import Testing

@Suite("JSON text") struct JSONReaderTests {
    @Test(
        "what is read is written again with the same types",
        arguments: [
            "null", "true", "false", "0", "-0.0", "1", "0.0", "1.0", "-12.5", "9223372036854775807",
            "-9223372036854775808", "1e+20", "\"\"", "[]", "{}", "[[],{}]", #"{"a":{"b":[1,2.5,{"c":null}]},"d":"x"}"#,
            #""é 😀 \" \\ \n \t \u0001""#,
        ])
    func same(_ text: String) throws {
        #expect(try JSONValue(json: text.utf8).encoded == text)
    }

    @Test(
        "spellings that mean the same",
        arguments: [
            (" \t\r\n[ 1 , 2 ] ", "[1,2]"), (#"{"a":1,"a":2}"#, #"{"a":2}"#), ("1e2", "100.0"), ("1E-2", "0.01"),
            (#""\u00e9\ud83d\ude00\/\b\f""#, "\"é😀/\\u0008\\u000c\""),
            ("12345678901234567890", "1.2345678901234567e+19"),
            (#"{"b":1,"a":2}"#, #"{"a":2,"b":1}"#),
        ])
    func normal(_ text: String, _ expected: String) throws {
        #expect(try JSONValue(json: text.utf8).encoded == expected)
    }

    @Test(
        "what is no JSON is refused",
        arguments: [
            "", " ", "nul", "truex", "01", "-", "+1", ".5", "1.", "1e", "1e+", "1e999", "0x1", "NaN", "Infinity", "'a'",
            "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\n\"", "\"\u{1}\"", "[", "[1", "[1,", "[1,]", "[,]", "[1 2]", "]", "{", "{\"a\"", "{\"a\":", "{\"a\":1",
            "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}", "1 2", "[]]", "\u{feff}[]",
        ])
    func malformed(_ text: String) {
        #expect(throws: JSONValue.Malformed.self) { try JSONValue(json: text.utf8) }
    }

    @Test("a text that is no UTF-8 is refused, and one that is nested without end does not take the stack")
    func hostile() throws {
        #expect(throws: JSONValue.Malformed.self) { try JSONValue(json: [0x22, 0xff, 0x22]) }
        #expect(throws: JSONValue.Malformed.self) { try JSONValue(json: [0x22, 0xed, 0xa0, 0x80, 0x22]) }
        for opening in ["[", "{\"a\":"] {
            let deep = String(repeating: opening, count: 100_000)
            #expect(throws: JSONValue.Malformed.self) { try JSONValue(json: deep.utf8) }
        }
        let allowed = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        #expect(try JSONValue(json: allowed.utf8).encoded == allowed)
    }

    @Test("a whole number is one however it is written")
    func whole() throws {
        for text in ["7", "7.0", "70e-1"] { #expect(try JSONValue(json: text.utf8).whole == 7) }
        for text in ["7.5", "1e300", "\"7\"", "true"] { #expect(try JSONValue(json: text.utf8).whole == nil) }
    }
}
