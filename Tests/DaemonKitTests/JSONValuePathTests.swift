import Contracts
import Testing

@Suite("JSON values by dotted path")
struct JSONValuePathTests {
    @Test("a value is put and found; parents are made, and replaced where they are no objects")
    func path() throws {
        var document = try JSONValue(json: #"{"ui":{"a":1},"auth":3}"#.utf8)
        document.set(.bool(true), at: "ui.b")
        document.set(.string("4w"), at: "auth.jwt_expiry")
        #expect(document.value(at: "ui.b") == .bool(true) && document.value(at: "ui.a") == .integer(1))
        #expect(document.value(at: "auth.jwt_expiry") == .string("4w"))
        #expect(document.value(at: "ui.a.b") == nil && document.value(at: "nothing") == nil)
    }

    @Test("merging goes object by object; lists and texts are replaced")
    func merge() throws {
        let old = try JSONValue(json: #"{"a":{"b":1,"c":[1,2]},"d":{"e":1}}"#.utf8)
        let new = try JSONValue(json: #"{"a":{"c":[3]},"d":null,"f":"x"}"#.utf8)
        #expect(try old.merging(new) == JSONValue(json: #"{"a":{"b":1,"c":[3]},"d":null,"f":"x"}"#.utf8))
    }
}
