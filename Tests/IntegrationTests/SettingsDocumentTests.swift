import Contracts
import DaemonKit
import Foundation
import Testing

/// The whole of what administrators may save, as Open WebUI exports it.
@Suite("Settings: the whole document") struct SettingsDocumentTests {
    /// Another value than the default for every setting that is kept, in the JSON type of Open WebUI.
    private static func document() -> JSONValue {
        var document = JSONValue.object(["version": .integer(0), "unknown": .object(["a": .number(1)])])
        for setting in SettingDefinition.all {
            guard let place = setting.persistedAt, let value = example(setting) else { continue }
            document.set(value, at: place)
        }
        return document
    }

    private static func example(_ setting: SettingDefinition) -> JSONValue? {
        switch setting.kind {
        case .boolean: .bool(setting.fallback != "true")
        case .integer(let range), .optionalInteger(let range):
            .integer(Int64(min(range.lowerBound + 7, range.upperBound)))
        case .number(let range): .number(range.upperBound)
        case .choice(let choices): choices.last.map(JSONValue.string)
        case .expiry: .string("17h")
        case .urls, .endpoints: .array([.string("http://127.0.0.1:9/a"), .string("http://127.0.0.1:9/b")])
        case .positionalTexts: .array([.string("a;b"), .string(""), .string("c")])
        case .texts, .names: .array([.string("a"), .string("b")])
        case .object: .object(["0": .object(["a": .array([.number(0.5), .number(1), .null])])])
        case .list: .array([.object(["id": .string("a"), "n": .number(2)])])
        case .listText: .string(#"["a"]"#)
        case .text where setting.key.contains("URL"): .string("http://127.0.0.1:9/\(setting.key)")
        case .text, .nullableText: .string("x \"é\"\ny")
        case .verbatim: .string("\n x \n")
        case .pattern, .duration, .databaseURL, .redisURL, .addresses: nil
        }
    }

    @Test("an imported document holds at once in every daemon, comes back from an export, and survives a restart")
    func importAll() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let document = Self.document()
        let body = JSONValue.object(["config": document]).encoded
        let imported = try await martlet.post("/api/v1/configs/import", token: people.admin, body)
        #expect(imported.status == 200)
        #expect(try JSONValue(json: imported.body.utf8) == document)
        #expect(try await Self.read("/api/v1/configs/export", people) == document)
        #expect(try await Self.read("/api/v1/configs/", people) == document)
        let told = try await Self.told(martlet)
        for setting in SettingDefinition.all where document.value(at: setting.persistedAt ?? "-") != nil {
            let entry = told[setting.key]
            #expect(entry?["source"] == .string("database"), "\(setting.key)")
            #expect((entry?["value"] == .string("(set)")) == setting.isSecret, "\(setting.key)")
        }
        await martlet.end()
        try await martlet.startAgain()
        #expect(try await Self.read("/api/v1/configs/export", people) == document)
        // What was saved of OAuth counts until the next start only.
        let again = try await Self.told(martlet)
        #expect(again["RAG_TOP_K"]?["source"] == .string("database"))
        #expect(again["OAUTH_SCOPES"]?["source"] == .string("default"))
        await martlet.stop()
    }

    @Test("a document that would not reach the daemons is refused, and one at the limit reaches them")
    func limit() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        func send(_ size: Int, at path: String = "/api/v1/configs/import") async throws -> Int {
            var document = JSONValue.object([:])
            document.set(.string(String(repeating: "\n", count: size)), at: "unknown")
            document.set(.string("a" + String(repeating: "b", count: size - 1)), at: "rag.template")
            let body = path.hasSuffix("import") ? JSONValue.object(["config": document]) : document
            return try await martlet.post(path, token: people.admin, body.encoded).status
        }
        #expect(try await send(Settings.savedLimit) == 200)
        #expect(try await Self.told(martlet)["RAG_TEMPLATE"]?["source"] == .string("database"))
        let before = try await martlet.get("/api/v1/configs/export", token: people.admin).body
        #expect(try await send(Settings.savedLimit + 1) == 400)
        #expect(try await send(Settings.savedLimit + 1, at: "/api/v1/configs/update") == 400)
        let banner = #"{"id":"b","type":"i","content":"c","dismissible":true,"timestamp":1}"#
        #expect(
            try await martlet.post("/api/v1/configs/banners", token: people.admin, #"{"banners":[\#(banner)]}"#).status
                == 400)
        #expect(try await martlet.get("/api/v1/configs/export", token: people.admin).body == before)
        await martlet.end()
        try await martlet.startAgain()
        #expect(try await Self.told(martlet)["RAG_TEMPLATE"]?["source"] == .string("database"))
        await martlet.stop()
    }

    /// With `1.0` told apart from `1`.
    private static func read(_ path: String, _ people: People) async throws -> JSONValue {
        try JSONValue(json: try await people.martlet.get(path, token: people.admin).body.utf8)
    }

    /// What `martlet config` says: by name, an object with value, source and default.
    private static func told(_ martlet: Martlet) async throws -> [String: JSONValue] {
        guard case .object(let settings) = try JSONValue(json: try await martlet.run("config", "--json").output.utf8)
        else { throw Missed("config") }
        return settings
    }
}
