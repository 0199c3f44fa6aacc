import Contracts
import Testing

@testable import SCIM

@Suite("PATCH (RFC 7644, section 3.5.2)")
struct PatchTests {
    static let start = #"""
        {"userName":"bob","displayName":"Bob","name":{"givenName":"Bob","familyName":"Old"},"active":true,
        "emails":[{"value":"w@x.test","type":"work","primary":true},{"value":"h@x.test","type":"home"}]}
        """#
    static let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

    private func patch(_ operations: String, _ start: String = start, _ type: ResourceType = .user) throws -> JSONValue
    {
        let document = try ResourceDocument(JSONReader.read(start), type)
        let list = try PatchOperation.list(JSONReader.read(#"{"Operations":[\#(operations)]}"#))
        return .object(try Patch.apply(list, to: document, type).members)
    }

    private func refusal(_ operations: String) -> SCIMError? {
        #expect(throws: SCIMError.self) { try patch(operations) }
    }

    @Test("3.5.2.1: add sets, merges and appends, and does not add what is there")
    func add() throws {
        #expect(try patch(#"{"op":"add","path":"title","value":"Boss"}"#)["title"] == .string("Boss"))
        let merged = try patch(#"{"op":"add","path":"name","value":{"familyName":"New"}}"#)
        #expect(merged["name"] == .object(["givenName": .string("Bob"), "familyName": .string("New")]))
        let more = try patch(#"{"op":"add","path":"emails","value":[{"value":"o@x.test","type":"other"}]}"#)
        #expect(more["emails"]?.elements?.count == 3)
        let same = try patch(#"{"op":"add","path":"emails","value":[{"value":"h@x.test","type":"home"}]}"#)
        #expect(same == (try patch(#"{"op":"add","value":{"displayName":"Bob"}}"#)))
        let whole = try patch(#"{"op":"add","value":{"title":"Boss","nickName":"B"}}"#)
        #expect(whole["title"] == .string("Boss") && whole["nickName"] == .string("B"))
    }

    @Test("3.5.2: a new primary value takes that from the old one")
    func primary() throws {
        let moved = try patch(#"{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}"#)
        #expect(moved["emails"]?.elements?.map { $0["primary"] } == [.bool(false), .bool(true)])
        let added = try patch(#"{"op":"add","path":"emails","value":[{"value":"n@x.test","primary":true}]}"#)
        #expect(added["emails"]?.elements?.map { $0["primary"] } == [.bool(false), nil, .bool(true)])
        let twice =
            #"{"op":"replace","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}"#
        #expect(refusal(twice)?.kind == .invalidValue)
    }

    @Test("3.5.2.2: remove takes attributes, sub-attributes and values that match")
    func remove() throws {
        #expect(try patch(#"{"op":"remove","path":"displayName"}"#)["displayName"] == nil)
        #expect(
            try patch(#"{"op":"remove","path":"name.familyName"}"#)["name"] == .object(["givenName": .string("Bob")]))
        #expect(try patch(#"{"op":"remove","path":"emails[type eq \"work\"]"}"#)["emails"]?.elements?.count == 1)
        let part = try patch(#"{"op":"remove","path":"emails[type eq \"home\"].type"}"#)
        #expect(part["emails"]?.elements?[1] == .object(["value": .string("h@x.test")]))
        #expect(try patch(#"{"op":"remove","path":"emails"}"#)["emails"] == nil)
        #expect(try patch(#"{"op":"remove","path":"emails[type eq \"none\"]"}"#)["emails"]?.elements?.count == 2)
        #expect(refusal(#"{"op":"remove"}"#)?.kind == .noTarget)
        #expect(refusal(#"{"op":"remove","path":"userName"}"#)?.kind == .mutability)
    }

    @Test("3.5.2.3: replace writes over, leaves other sub-attributes, and needs a value that matches")
    func replace() throws {
        let name = try patch(#"{"op":"replace","path":"name","value":{"familyName":"New"}}"#)
        #expect(name["name"]?["givenName"] == .string("Bob"))
        let emails = try patch(#"{"op":"replace","path":"emails","value":[{"value":"n@x.test"}]}"#)
        #expect(emails["emails"]?.elements?.count == 1)
        let one = try patch(#"{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"n@x.test"}}"#)
        #expect(one["emails"]?.elements?[0] == .object(["value": .string("n@x.test")]))
        #expect(refusal(#"{"op":"replace","path":"emails[type eq \"none\"].value","value":"x"}"#)?.kind == .noTarget)
        #expect(try patch(#"{"op":"replace","path":"title","value":null}"#)["title"] == nil)
    }

    @Test(
        "paths of nothing are 400 invalidPath, also without a path",
        arguments: [
            #"{"op":"replace","path":"bogus","value":1}"#, #"{"op":"replace","value":{"bogus":1}}"#,
            #"{"op":"add","path":"name.bogus","value":"x"}"#,
            #"{"op":"add","path":"emails[type eq \"x\"].bogus","value":"x"}"#,
            #"{"op":"remove","path":"userName[type eq \"x\"]"}"#, #"{"op":"remove","path":"emails]"}"#,
            #"{"op":"add","path":"urn:example:User:thing","value":"x"}"#, #"{"op":"add","path":"","value":"x"}"#,
        ])
    func invalidPath(operation: String) { #expect(refusal(operation)?.kind == .invalidPath) }

    @Test("3.5.2: what is only read is refused by its path, and passed over in a whole resource")
    func readOnly() throws {
        for path in ["id", "meta.created", "groups", "groups[value eq \\\"x\\\"]"] {
            #expect(refusal(#"{"op":"replace","path":"\#(path)","value":"x"}"#)?.kind == .mutability)
        }
        let whole = try patch(#"{"op":"replace","value":{"id":"x","schemas":["y"],"displayName":"Z","meta":{}}}"#)
        #expect(whole["displayName"] == .string("Z") && whole["id"] == nil)
    }

    @Test("values of wrong types are 400 invalidValue")
    func wrongTypes() {
        for value in [#""maybe""#, "5", "[]", "{}"] {
            #expect(refusal(#"{"op":"replace","path":"active","value":\#(value)}"#)?.kind == .invalidValue)
        }
        #expect(refusal(#"{"op":"replace","path":"title","value":5}"#)?.kind == .invalidValue)
        #expect(refusal(#"{"op":"add","path":"title"}"#)?.kind == .invalidValue)
        #expect(refusal(#"{"op":"replace","value":"x"}"#)?.kind == .invalidValue)
        #expect(refusal(#"{"op":"move","path":"title"}"#)?.kind == .invalidSyntax)
    }

    @Test(
        "what Microsoft Entra ID writes: capitals, texts for truth, dotted keys, a manager as a text, new values by add"
    )
    func entra() throws {
        #expect(try patch(#"{"op":"Replace","path":"active","value":"False"}"#)["active"] == .bool(false))
        let dotted = try patch(
            #"{"op":"Replace","value":{"name.givenName":"Al","emails[type eq \"work\"].value":"al@x.test","active":"True"}}"#
        )
        #expect(dotted["name"]?["givenName"] == .string("Al") && dotted["active"] == .bool(true))
        #expect(dotted["emails"]?.elements?[0]["value"] == .string("al@x.test"))
        let added = try patch(#"{"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"1"}"#)
        #expect(added["phoneNumbers"] == .array([.object(["type": .string("work"), "value": .string("1")])]))
        let manager = try patch(#"{"op":"Add","path":"\#(Self.enterprise):manager","value":"m-1"}"#)
        #expect(manager[Self.enterprise]?["manager"] == .object(["value": .string("m-1")]))
        let department = try patch(#"{"op":"Add","value":{"\#(Self.enterprise):department":"D"}}"#)
        #expect(department[Self.enterprise]?["department"] == .string("D"))
        let gone = try patch(
            #"{"op":"Add","path":"\#(Self.enterprise):manager","value":"m"},{"op":"Remove","path":"\#(Self.enterprise):manager"}"#
        )
        #expect(gone[Self.enterprise] == nil)
    }

    @Test("members are added once, removed by filter and by a list of values")
    func members() throws {
        let start = #"{"displayName":"G","members":[{"value":"a"},{"value":"b"}]}"#
        func ids(_ operations: String) throws -> [String] {
            try patch(operations, start, .group)["members"]?.elements?.compactMap { $0["value"]?.text } ?? []
        }
        #expect(
            try ids(#"{"op":"Add","path":"members","value":[{"value":"b"},{"$ref":"https://x/Users/c"}]}"#) == [
                "a", "b", "c",
            ])
        #expect(try ids(#"{"op":"Remove","path":"members","value":[{"value":"a"}]}"#) == ["b"])
        #expect(try ids(#"{"op":"remove","path":"members[value eq \"b\"]"}"#) == ["a"])
        #expect(try ids(#"{"op":"replace","path":"members","value":[{"value":"z"}]}"#) == ["z"])
        #expect(try ids(#"{"op":"remove","path":"members"}"#) == [])
        #expect(throws: SCIMError.self) {
            try ids(#"{"op":"add","path":"members","value":[{"value":"g","type":"Group"}]}"#)
        }
    }

    @Test("random operations are applied or refused, never more")
    func random() {
        let paths = [
            "active", "emails", "emails[type eq \\\"work\\\"]", "emails.value", "name", "x", "id", Self.enterprise,
        ]
        let values = ["true", "null", "[]", "{}", "\"x\"", #"{"value":"x","primary":true}"#, #"[{"value":"x"}]"#, "7"]
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let operations = (0..<3).map { _ in
                let kind = ["add", "replace", "remove"].randomElement(using: &generator) ?? ""
                let path = paths.randomElement(using: &generator) ?? ""
                let value = values.randomElement(using: &generator) ?? ""
                return #"{"op":"\#(kind)","path":"\#(path)","value":\#(value)}"#
            }
            _ = try? patch(operations.joined(separator: ","))
        }
    }
}
