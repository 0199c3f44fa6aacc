import Contracts
import FoundationEssentials
import Testing

@testable import DaemonKit

/// Against `Fixtures/persisted-keys.tsv`: every key that Open WebUI 0.8.3 keeps in its `config` table.
@Suite("Settings: the set that Open WebUI keeps") struct PersistedKeysTests {
    struct Key {
        var place: String
        var name: String
        var types: [String]
    }

    static func keys() throws -> [Key] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/persisted-keys.tsv")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { line in
                let fields = line.split(separator: "\t").map(String.init)
                try #require(fields.count == 3, "\(line)")
                return Key(place: fields[0], name: fields[1], types: fields[2].split(separator: "|").map(String.init))
            }
    }

    static func type(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    @Test("every key is a setting with the same name, and no setting is kept at any other place")
    func set() throws {
        let keys = try Self.keys()
        #expect(keys.count == 331)
        for key in keys { #expect(SettingDefinition.persisted(at: key.place)?.key == key.name, "\(key.place)") }
        let places = Set(keys.map(\.place))
        for setting in SettingDefinition.all {
            guard let place = setting.persistedAt else { continue }
            #expect(places.contains(place), "\(setting.key)")
        }
    }

    @Test("defaults and other values are saved in the JSON type that Open WebUI gives them")
    func types() throws {
        for key in try Self.keys() {
            let setting = try #require(SettingDefinition.persisted(at: key.place))
            #expect(key.types.contains(Self.type(setting.kind.json(setting.fallback))), "\(key.place)")
            let value = try #require(setting.example)
            #expect(Self.type(value) == key.types[0], "\(key.place)")
            let text = setting.kind.text(saved: value).flatMap(setting.kind.normalised)
            #expect(try setting.kind.json(#require(text, "\(key.place)")) == value, "\(key.place)")
        }
    }

    @Test("what a name calls a key, a password or a token is masked for people")
    func secrets() {
        let words = ["_KEY", "_KEYS", "PASSWORD", "_SECRET", "_TOKEN", "_AUTH", "_SK"]
        // How Jupyter is signed in to, and truth values.
        let open = ["CODE_EXECUTION_JUPYTER_AUTH", "CODE_INTERPRETER_JUPYTER_AUTH"]
        for setting in SettingDefinition.all where setting.kind == .text || setting.kind == .positionalTexts {
            guard words.contains(where: setting.key.hasSuffix), !open.contains(setting.key) else { continue }
            #expect(setting.isSecret, "\(setting.key)")
        }
    }

    @Test("the size of a document is that of its settings")
    func size() throws {
        let document = try JSONValue(json: #"{"rag":{"template":"12345","top_k":12,"other":"123"},"x":"y"}"#.utf8)
        #expect(Settings.savedSize(document) == 7 && Settings.savedSize(.object([:])) == 0)
    }
}

extension SettingDefinition {
    /// A value other than the default, as it is saved.
    var example: JSONValue? {
        switch kind {
        case .boolean: .bool(fallback != "true")
        case .integer(let range), .optionalInteger(let range):
            .integer(Int64(min(range.lowerBound + 7, range.upperBound)))
        case .number(let range): .number((range.lowerBound + range.upperBound) / 4)
        case .choice(let choices): choices.last.map(JSONValue.string)
        case .expiry: .string("17h")
        case .pattern: .string("^a+$")
        case .urls, .endpoints: .array([.string("http://127.0.0.1:9"), .string("http://127.0.0.1:9/x")])
        case .positionalTexts: .array([.string("a;b"), .string(""), .string("c")])
        case .texts, .names: .array([.string("a"), .string("b")])
        case .object: .object(["0": .object(["a": .array([.number(0.5), .number(1), .null])])])
        case .list: .array([.object(["id": .string("a"), "n": .integer(1)])])
        case .listText: .string(#"["a"]"#)
        case .text, .nullableText: .string("x \"é\"\ny")
        case .verbatim: .string("\n x \n")
        case .duration, .databaseURL, .redisURL, .addresses: nil
        }
    }
}
