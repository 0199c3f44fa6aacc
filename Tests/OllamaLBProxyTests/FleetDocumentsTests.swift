import Contracts
import FoundationEssentials
import Reactor
import Testing

@testable import OllamaLBProxy

@Suite @ReactorActor struct FleetDocumentsTests {
    static func answer(_ index: Int, _ json: String) throws -> FleetDocuments.Answer {
        .init(index: index, document: try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)))
    }

    static func merged(_ answers: [String]) throws -> [JSONValue] {
        FleetDocuments.merge(try answers.enumerated().map { try answer($0, $1) }, key: "model")
    }

    /// `name: indices` of each model.
    static func summary(_ models: [JSONValue]) -> [String] {
        models.map { model in
            let indices = (model["urls"]?.elements ?? []).map { "\($0.double.map { Int($0) } ?? -1)" }
            return "\(model["model"]?.text ?? model["name"]?.text ?? ""): \(indices.joined(separator: ","))"
        }
    }

    @Test("each model is there once, with the indices of the backends that have it, in the order of its first place")
    func merge() throws {
        let models = try Self.merged([
            #"{"models":[{"model":"b:1","name":"b:1","size":7},{"model":"a:1","name":"a:1"}]}"#,
            #"{"models":[{"model":"c:1","name":"c:1"},{"model":"b:1","name":"b:1","size":8}]}"#,
            #"{"models":[{"model":"b:1"}]}"#,
        ])
        #expect(Self.summary(models) == ["b:1: 0,1,2", "a:1: 0", "c:1: 1"])
        #expect(models[0]["size"] == .integer(7) && models[0]["name"]?.text == "b:1")
    }

    @Test("a model that has only a name is taken by it; one that has neither is left out")
    func names() throws {
        let models = try Self.merged([
            #"{"models":[{"name":"a"},{"size":1},{"model":7},"x",null,{"model":null,"name":"b"}]}"#
        ])
        #expect(Self.summary(models) == ["a: 0", "b: 0"])
    }

    @Test("a backend that lists a model twice is one backend that has it")
    func twice() throws {
        let models = try Self.merged([#"{"models":[{"model":"a"},{"model":"a"}]}"#, #"{"models":[{"model":"a"}]}"#])
        #expect(Self.summary(models) == ["a: 0,1"])
    }

    @Test(
        "an answer of another shape has no models",
        arguments: [
            "{}", "[]", "null", "7", #"{"models":null}"#, #"{"models":{}}"#, #"{"models":[]}"#, #"{"models":[[]]}"#,
        ])
    func shapes(_ json: String) throws {
        #expect(try Self.merged([json]).isEmpty)
        #expect(Self.summary(try Self.merged([json, #"{"models":[{"model":"a"}]}"#])) == ["a: 1"])
    }

    @Test("what a backend says of urls is not believed")
    func urls() throws {
        let models = try Self.merged([#"{"models":[{"model":"a","urls":[5,6]}]}"#])
        #expect(Self.summary(models) == ["a: 0"])
    }

    @Test(
        "versions are compared number by number",
        arguments: [
            ("0.9.1", "0.10.0", true), ("0.10.0", "0.9.1", false), ("1.0", "1.0.1", true), ("1.0.1", "1.0", false),
            ("0.5.7", "0.5.7", false), ("0.5.7-rc1", "0.5.7", false), ("0.5.7", "0.5.7-rc1", false),
            ("0.5.7-rc2", "0.5.8-rc1", true), ("", "0.1", true), ("0.1", "", false), ("", "", false),
            ("x", "0.1", true),
        ])
    func versions(_ left: String, _ right: String, _ expected: Bool) {
        #expect(FleetDocuments.isLower(left, right) == expected)
    }

    @Test("any text that a backend gives for its version is compared, never a trap")
    func hostileVersions() {
        let texts = [
            "-", "--", "-1", ".", "...", "-.", "99999999999999999999.1", "\u{0}", "é", " ", "1.-2", "\u{301}-", "0",
        ]
        for left in texts {
            #expect(!FleetDocuments.isLower(left, left))
            for right in texts {
                #expect(!(FleetDocuments.isLower(left, right) && FleetDocuments.isLower(right, left)))
            }
        }
        #expect(texts.min(by: FleetDocuments.isLower) != nil)
    }
}
