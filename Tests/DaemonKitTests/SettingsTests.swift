import Contracts
import Testing

@testable import DaemonKit

@Suite struct SettingsTests {
    static func settings(_ values: [String: String]) -> Settings {
        Settings(values: values.mapValues { Settings.Value(value: $0, source: "test") })
    }

    @Test("what was not decided has its default")
    func defaults() {
        let settings = Settings()
        #expect(settings.values.count == SettingDefinition.all.count)
        #expect(
            settings.integer("PORT") == 8080 && settings.flag("ENABLE_SIGNUP") && settings.text("HOST") == "0.0.0.0")
        #expect(settings.duration("OLLAMA_PROBE_INTERVAL") == .seconds(10))
        #expect(settings.list("OLLAMA_BASE_URLS") == ["http://localhost:11434"])
        #expect(settings.values.values.allSatisfy { $0.source == "default" })
    }

    @Test("a key that is no setting is neither kept nor a trap to read")
    func unknown() {
        let settings = Self.settings(["PATH": "/bin"])
        #expect(settings.values["PATH"] == nil && settings.text("PATH") == "" && !settings.flag("PATH"))
        #expect(settings.integer("PATH") == 0 && settings.duration("PATH") == .zero && settings.list("PATH") == [])
    }

    @Test("over the control channel every setting arrives whole, secrets too, with where it came from")
    func roundTrip() throws {
        let sent = Self.settings(["WEBUI_SECRET_KEY": "hush", "PORT": "0", "OLLAMA_BASE_URLS": "http://a;http://b"])
        let bytes: [UInt8] = try sent.message(masked: false).serializedBytes()
        let received = Settings(try ControlSettings(serializedBytes: bytes))
        #expect(received.values == sent.values && received.changes(from: sent).isEmpty)
    }

    @Test("for people a secret is masked: that it is set is all that is shown")
    func masked() throws {
        let message = Self.settings(["WEBUI_SECRET_KEY": "hush", "HOST": "h"]).message(masked: true)
        let json = try message.jsonString()
        #expect(!json.contains("hush") && json.contains("(set)"))
        #expect(message.settings.first { $0.key == "WEBUI_SECRET_KEY" }?.value == "(set)")
        #expect(message.settings.first { $0.key == "HOST" }?.value == "h")
        #expect(message.settings.filter(\.secret).map(\.key) == SettingDefinition.all.filter(\.isSecret).map(\.key))
        let unset = Settings().message(masked: true)
        #expect(unset.settings.first { $0.key == "WEBUI_SECRET_KEY" }?.value == "")
    }

    @Test("the message lists every setting in the order of their definitions, with default and source")
    func message() {
        let message = Self.settings(["PORT": "9"]).message(masked: true)
        #expect(message.settings.map(\.key) == SettingDefinition.all.map(\.key))
        let port = message.settings.first { $0.key == "PORT" }
        #expect(port?.value == "9" && port?.fallback == "8080" && port?.source == "test")
        let host = message.settings.first { $0.key == "HOST" }
        #expect(host?.value == host?.fallback && host?.source == "default")
    }

    @Test("changes are the keys whose values differ, whatever their sources")
    func changes() {
        let old = Self.settings(["PORT": "9", "LOG_LEVEL": "debug"])
        let new = Self.settings(["LOG_LEVEL": "info", "HOST": "::1"])
        #expect(new.changes(from: old) == ["HOST", "PORT", "LOG_LEVEL"])
        #expect(old.changes(from: new) == ["HOST", "PORT", "LOG_LEVEL"])
        // Said elsewhere, and yet the same.
        #expect(Self.settings(["PORT": "8080"]).changes(from: Settings()).isEmpty)
    }

    @Test("an empty list has no parts", arguments: [("", 0), ("http://a", 1), ("http://a;http://b", 2)])
    func list(_ value: String, _ count: Int) {
        #expect(Self.settings(["OLLAMA_BASE_URLS": value]).list("OLLAMA_BASE_URLS").count == count)
    }
}
