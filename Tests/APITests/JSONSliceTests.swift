import Contracts
import NIOCore
import Testing

@testable import API

@Suite("JSON that is taken apart without being decoded")
struct JSONSliceTests {
    private func slice(_ text: String) throws -> JSONSlice { try JSONSlice(document: ByteBuffer(string: text)) }

    @Test("members and elements are the bytes that were sent; the last of a name counts")
    func cuts() throws {
        let members = try #require(try slice(#" {"a" : [1, {"b":"]}"}] ,"n":1.50,"a":"x\n","é":null} "#).members)
        #expect(
            members.list.map { String(buffer: $0.value.bytes) } == [#"[1, {"b":"]}"}]"#, "1.50", #""x\n""#, "null"])
        #expect(members["a"]?.text == "x\n")
        #expect(members["é"]?.isNull == true)
        #expect(members["b"] == nil)
        let elements = try #require(try slice(#"["a,b", [ ] ,{ }, -1e5,true]"#).elements)
        #expect(elements.map { String(buffer: $0.bytes) } == [#""a,b""#, "[ ]", "{ }", "-1e5", "true"])
    }

    @Test("escapes are undone, surrogates too")
    func texts() throws {
        #expect(try slice(#""\ud83d\ude00 \u0041\/""#).text == "😀 A/")
        #expect(try slice(#""plain ü""#).text == "plain ü")
        #expect(try slice("1").text == nil)
    }

    @Test(
        "what is no JSON, or more than one, is refused",
        arguments: [
            "", " ", "{", "[", "\"", #"{"a""#, #"{"a":1"#, "[1", "{} {}", "1 2", "\"\u{1}\"", #""\q""#, #""\u12g4""#,
            ",",
            "}", ":",
        ])
    func refusals(_ text: String) {
        #expect(throws: JSONCursor.Malformed.self) { try slice(text) }
    }

    @Test(
        "a broken object or array has no members", arguments: [#"{"a":1 "b":2}"#, #"{"a" 1}"#, "{1:2}", "[1 2]", "[,]"])
    func broken(_ text: String) throws {
        let slice = try? slice(text)
        #expect(slice?.members == nil && slice?.elements == nil)
    }

    @Test("a second spelling of a name is seen, whatever hides it")
    func lookalikes() throws {
        #expect(try slice(#"{"model":"a","MODEL":"b"}"#).members?.hasLookalike(of: "model") == true)
        #expect(try slice(#"{"\u004dodel":"b"}"#).members?.hasLookalike(of: "model") == true)
        #expect(try slice(#"{"model":"a","models":"b"}"#).members?.hasLookalike(of: "model") == false)
    }

    @Test("every prefix and every changed byte of a document is taken or refused, never a crash")
    func hostile() {
        let text = Array(#"{"a":[1,{"b":"\"}\u00e9"}],"model":"x","c":{"d":[[],{}]}}"#.utf8)
        for length in 0..<text.count { _ = (try? JSONSlice(document: ByteBuffer(bytes: text[..<length])))?.members }
        for index in text.indices {
            for byte in [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "]"), 0, 0xff] {
                var changed = text
                changed[index] = byte
                let slice = try? JSONSlice(document: ByteBuffer(bytes: changed))
                _ = slice?.members?["a"]?.elements?.last?.members?["b"]?.text
                _ = slice?.members?["model"]?.value
            }
        }
    }
}
