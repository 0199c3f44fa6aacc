import Testing

@testable import API

@Suite("Reading single members of a JSON object")
struct TopLevelJSONTests {
    private func read(_ text: String, _ names: [String] = ["model", "stream"]) throws -> [TopLevelJSON.Member] {
        try Array(text.utf8).withUnsafeBytes { try TopLevelJSON.members(names, of: $0) }
    }

    @Test("finds members wherever they stand, and skips what is nested")
    func finds() throws {
        let text = #" { "messages": [{"model":"inner","x":[1,{"stream":true}]}], "model" : "llama3", "stream":false } "#
        #expect(try read(text) == [.string("llama3"), .bool(false)])
        #expect(try read("{}") == [.absent, .absent])
        #expect(try read(#"{"model":null,"stream":1}"#) == [.other, .other])
        #expect(try read(#"{"model":"a","model":"b"}"#) == [.string("b"), .absent])
    }

    @Test(
        "undoes escapes",
        arguments: [
            (#"{"model":"a\"b\\c\/d\n"}"#, "a\"b\\c/d\n"), (#"{"model":"\u00e9\u0041"}"#, "éA"),
            (#"{"model":"ü"}"#, "ü"),
        ])
    func escapes(_ text: String, _ expected: String) throws {
        #expect(try read(text, ["model"]) == [.string(expected)])
    }

    @Test(
        "refuses what is no object or breaks off",
        arguments: [
            "", " ", "[]", "null", "{", #"{"model""#, #"{"model":"#, #"{"model":"x"#, #"{"a":[1,2}"#, #"{"a":{"b":1]"#,
            #"{"model":"x" "y":1}"#, #"{"a":"\"#, #"{"a":}"#, #"{,}"#, #"{"model":"\uZZZZ"}"#, #"{"model":"\ud800"}"#,
        ])
    func refuses(_ text: String) {
        #expect(throws: TopLevelJSON.Malformed.self) { try read(text) }
    }

    @Test("every prefix of a document is refused, never a crash")
    func prefixes() throws {
        let text =
            #"{"messages":[{"role":"user","content":"a\"b\u0041 {[","n":-1.5e3}],"model":"llama3","o":{"k":[true,null]}}"#
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            #expect(throws: TopLevelJSON.Malformed.self) {
                try bytes[..<count].withUnsafeBytes { try TopLevelJSON.members(["model"], of: $0) }
            }
        }
        #expect(try read(text, ["model"]) == [.string("llama3")])
    }

    @Test("random and mutated documents never crash")
    func fuzz() {
        var random = SystemRandomNumberGenerator()
        let seed = Array(#"{"model":"x","messages":[{"content":"\u0041\\"}],"stream":true}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.withUnsafeBytes { _ = try? TopLevelJSON.members(["model"], of: $0) }
        }
    }

    @Test("a hundred thousand levels cost no stack")
    func deep() throws {
        let text =
            #"{"a":"# + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
            + #","model":"m"}"#
        #expect(try read(text, ["model"]) == [.string("m")])
    }
}
