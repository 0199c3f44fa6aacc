import FoundationEssentials
import Testing

@testable import Identity

@Suite("Permissions")
struct PermissionTests {
    @Test("the defaults have the recorded sections and switches, with API keys on")
    func defaults() {
        let tree = PermissionTree.defaults
        let counts = tree.root.mapValues { node in
            if case .section(let children) = node { children.count } else { 0 }
        }
        #expect(counts == ["workspace": 11, "sharing": 12, "chat": 19, "features": 9, "settings": 1])
        #expect(tree.allows("features.api_keys") && tree.allows("chat.delete_message"))
        #expect(!tree.allows("chat.temporary_enforced") && !tree.allows("workspace.models"))
        #expect(
            !tree.allows("features") && !tree.allows("") && !tree.allows("nope.x")
                && !tree.allows("features.api_keys.x"))
    }

    @Test("a group adds rights and takes none")
    func merging() throws {
        let group = try PermissionTree(
            json: Array(#"{"workspace":{"models":true,"new":true},"chat":{"edit":false},"features":true}"#.utf8))
        let merged = PermissionTree.defaults.merging(group)
        #expect(merged.allows("workspace.models") && merged.allows("workspace.new"))
        #expect(merged.allows("chat.edit") && merged.allows("features.api_keys"))
    }

    @Test("values that are no booleans are off; what is no object is refused")
    func oddJSON() throws {
        let tree = try PermissionTree(json: Array(#"{"a":1,"b":null,"c":"true","d":[true],"e":{"f":true}}"#.utf8))
        #expect(!tree.allows("a") && !tree.allows("b") && !tree.allows("c") && !tree.allows("d"))
        #expect(tree.allows("e.f"))
        for json in ["", "null", "3", "[]", "{", "\u{0}"] {
            #expect(throws: (any Error).self) { try PermissionTree(json: Array(json.utf8)) }
        }
    }

    @Test("a tree comes back from its JSON")
    func codable() throws {
        let data = try JSONEncoder().encode(PermissionTree.defaults)
        #expect(try JSONDecoder().decode(PermissionTree.self, from: data) == .defaults)
    }
}
