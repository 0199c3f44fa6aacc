import Contracts
import Testing

@Suite("JSON that passes through")
struct JSONTests {
    private func members(_ text: String) throws -> JSONMembers { try JSONMembers(text.utf8) }
    private func text(_ members: JSONMembers) -> String { String(decoding: members.encoded, as: UTF8.self) }

    @Test("members that nobody touches stay as they were written, byte for byte")
    func untouched() throws {
        var document = try members(
            #" { "a" : [1, 2.50e+1,{"b":"\u0041\n"}] ,"model":"x", "big":123456789012345678901234567890 } "#)
        document.set("model", text: "y\"z")
        #expect(
            text(document)
                == #"{"a":[1, 2.50e+1,{"b":"\u0041\n"}],"model":"y\"z","big":123456789012345678901234567890}"#)
    }

    @Test("of members with one name, however it is spelt, the last alone is kept")
    func duplicates() throws {
        var document = try members(#"{"model":"a","mod\u0065l":"b","n":1,"model":"c"}"#)
        #expect(document.text("model") == "c")
        #expect(text(document) == #"{"model":"c","n":1}"#)
        document["model"] = nil
        #expect(text(document) == #"{"n":1}"#)
    }

    @Test("a document with very many members is read in time that grows with its length")
    func many() throws {
        let long = "{" + (0..<200_000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
        let start = ContinuousClock.now
        var document = try members(long)
        document.keep(only: ["k7", "k100000"])
        #expect(text(document) == #"{"k7":0,"k100000":0}"#)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test(
        "what is no JSON object is refused",
        arguments: [
            "", "{", "[]", "null", "{\"a\":1", "{\"a\":1}x", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}",
            "{\"a\":tru}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"line\nbreak\"}", "{a:1}", "{\"a\" 1}",
            "{\"a\":1,}", "{,}", "{\"a\":[1,]}", "{\"a\":}", "{\"a\":-}", "{\"a\":1e}", "{\"a\":nul",
        ])
    func malformed(_ text: String) {
        #expect(throws: JSONScanner.Malformed.self) { try members(text) }
    }

    @Test("nesting without end is refused, not followed")
    func depth() {
        let deep = "{\"a\":" + String(repeating: "[", count: 100_000)
        #expect(throws: JSONScanner.Malformed.self) { try members(deep) }
    }

    @Test("every beginning of a document is refused, and nothing is read beyond its end")
    func prefixes() throws {
        let whole = #"{"a":[true,false,null,-0.5e-7,"\"\\\u00e9"],"b":{"c":{}}}"#
        _ = try members(whole)
        for length in 0..<whole.utf8.count {
            let part = Array(whole.utf8.prefix(length))
            #expect(throws: JSONScanner.Malformed.self) { try JSONMembers(part) }
        }
    }

    @Test("elements of a list are taken apart and put together again")
    func elements() throws {
        let list = Array(#"[ {"a":1} , "x" ,[2]]"#.utf8)[...]
        let elements = try JSONMembers.elements(of: list)
        #expect(elements.map { String(decoding: $0, as: UTF8.self) } == [#"{"a":1}"#, #""x""#, "[2]"])
        #expect(String(decoding: JSONMembers.array(elements), as: UTF8.self) == #"[{"a":1},"x",[2]]"#)
    }
}
