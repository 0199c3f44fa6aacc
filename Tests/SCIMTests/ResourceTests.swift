import Contracts
import Testing

@testable import SCIM

@Suite("Resources")
struct ResourceTests {
    private func document(_ text: String, _ type: ResourceType = .user) throws -> JSONValue {
        .object(try ResourceDocument(JSONReader.read(text), type).members)
    }

    @Test("RFC 7643, 2.1: names without regard to case; 3.3: what is only read, and unknown, is left out")
    func names() throws {
        let read = try document(
            #"{"USERNAME":"b","ID":"1","Groups":[{"value":"g"}],"bogus":1,"password":"secret","NAME":{"GivenName":"B"}}"#
        )
        #expect(read == .object(["userName": .string("b"), "name": .object(["givenName": .string("B")])]))
    }

    @Test("RFC 7643, 2.5: null and empty lists are unassigned")
    func unassigned() throws {
        #expect(
            try document(#"{"userName":"b","title":null,"emails":[],"name":{},"roles":[null]}"#)
                == .object(["userName": .string("b")]))
    }

    @Test("RFC 7643, 2.4: primary is true at most once")
    func primaries() {
        #expect(throws: SCIMError.self) {
            try document(#"{"userName":"b","emails":[{"value":"a","primary":true},{"value":"b","primary":true}]}"#)
        }
    }

    @Test("RFC 7644, 3.9: attributes and excludedAttributes, with those that are always answered")
    func projection() throws {
        let resource = try JSONReader.read(
            #"{"schemas":["s"],"id":"1","userName":"b","name":{"givenName":"G","familyName":"F"},"emails":[{"value":"v","type":"t"}]}"#
        )
        func project(_ attributes: String?, _ excluded: String?) -> JSONValue {
            Projection(
                attributes: Projection.names(attributes), excludedAttributes: Projection.names(excluded), .user
            ).apply(resource)
        }
        #expect(project(nil, nil) == resource)
        #expect(
            project("USERNAME, name.givenName", nil).jsonText
                == #"{"id":"1","name":{"givenName":"G"},"schemas":["s"],"userName":"b"}"#)
        #expect(
            project("urn:ietf:params:scim:schemas:core:2.0:User:emails.value", nil)["emails"]
                == .array([.object(["value": .string("v")])]))
        #expect(
            project(nil, "id,schemas,emails,name.familyName").jsonText
                == #"{"id":"1","name":{"givenName":"G"},"schemas":["s"],"userName":"b"}"#)
        #expect(project("bogus", nil).jsonText == #"{"id":"1","schemas":["s"]}"#)
    }

    @Test("the account's name and e-mail come from what is there")
    func details() throws {
        func details(_ text: String) throws -> AccountDetails {
            AccountDetails(try ResourceDocument(JSONReader.read(text), .user))
        }
        let bare = try details(#"{"userName":"Bob"}"#)
        #expect(bare.email == "bob" && bare.name == "Bob")
        let full = try details(
            #"{"userName":"u","name":{"givenName":"B","familyName":"O"},"emails":[{"value":"H@x"},{"value":"W@x","type":"work"}]}"#
        )
        #expect(full.email == "w@x" && full.name == "B O")
        let primary = try details(
            #"{"userName":"u","displayName":"D","emails":[{"value":"a"},{"value":"P","primary":true}]}"#)
        #expect(primary.email == "p" && primary.name == "D")
    }

    @Test("ETags are compared weakly, in lists and as *")
    func etags() {
        let version = Version.of(.string("x"))
        #expect(version.hasPrefix("W/\""))
        for header in [version, "*", "\"a\", \(version)", String(version.dropFirst(2))] {
            #expect(Version.matches(header, version))
        }
        for header in ["\"a\"", "W/\"\"", ""] { #expect(!Version.matches(header, version)) }
    }
}
