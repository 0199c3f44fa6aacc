import Contracts
import Testing

@testable import Identity

@Suite("OAuth: claims")
struct ClaimsTests {
    private func claims(_ json: String) throws -> Claims { try #require(Claims(try JSONValue(json: json.utf8))) }

    @Test("a dotted name descends; where that leads nowhere it is one claim's name")
    func descent() throws {
        let claims = try claims(
            #"{"a":{"b":{"c":["x"]},"n":null},"https://h.example/roles":["y"],"a.b.d":"z","plain":"p","n":null}"#)
        #expect(claims.list("a.b.c", separator: ",") == ["x"])
        #expect(claims.list("https://h.example/roles", separator: ",") == ["y"])
        #expect(claims.text("a.b.d") == "z" && claims.text("plain") == "p")
        for absent in ["", ".", "a.b.e", "a.b.c.d", "plain.x", "n", "a.n", "zzz"] {
            #expect(claims[absent] == nil || absent == ".", "\(absent)")
        }
    }

    @Test("lists come as arrays, as separated text, as one text or a number; the rest is passed over")
    func lists() throws {
        let claims = try claims(
            #"{"array":["a",1,null,{"x":1},"","b"],"text":"a; b;;c","one":"only","number":7,"flag":true,"object":{}}"#)
        #expect(claims.list("array", separator: ";") == ["a", "1", "b"])
        #expect(claims.list("text", separator: ";") == ["a", "b", "c"])
        #expect(claims.list("text", separator: "") == ["a; b;;c"])
        #expect(claims.list("one", separator: ";") == ["only"] && claims.list("number", separator: ";") == ["7"])
        for name in ["flag", "object", "absent"] { #expect(claims.list(name, separator: ";").isEmpty) }
    }

    @Test("long lists and long names are cut")
    func limits() throws {
        let long = String(repeating: "x", count: 256)
        let names = (0..<1200).map { "\"g\($0)\"" }.joined(separator: ",")
        let claims = try claims("{\"many\":[\(names)],\"long\":[\"\(long)\",\"ok\"],\"nul\":\"a\\u0000\"}")
        #expect(claims.list("many", separator: ",").count == 1000)
        #expect(claims.list("long", separator: ",") == ["ok"] && claims.list("nul", separator: ",").isEmpty)
    }

    @Test("flags come as JSON's or as text")
    func flags() throws {
        let claims = try claims(#"{"a":true,"b":"True","c":false,"d":"false","e":1,"f":"x"}"#)
        #expect(["a", "b", "c", "d", "e", "f", "g"].map(claims.flag) == [true, true, false, false, nil, nil, nil])
    }

    @Test("what the ID token says goes before userinfo")
    func completion() throws {
        let both = try claims(#"{"sub":"1","email":"signed"}"#).completed(by: claims(#"{"email":"other","name":"n"}"#))
        #expect(both.text("email") == "signed" && both.text("name") == "n" && both.text("sub") == "1")
    }
}
