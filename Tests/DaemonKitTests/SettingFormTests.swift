import Contracts
import DaemonKit
import Testing

@Suite("Settings: the forms that are saved")
struct SettingFormTests {
    @Test("every default comes back from the form in which it is saved", arguments: SettingDefinition.all)
    func roundTrip(_ setting: SettingDefinition) throws {
        let text = try #require(setting.kind.normalised(setting.fallback))
        // A member that is saved as an empty object is no default any more; it is only saved with members.
        guard setting.kind != .object || !text.isEmpty else { return }
        let saved = setting.kind.json(text)
        #expect(setting.kind.text(saved: saved).flatMap(setting.kind.normalised) == text)
    }

    @Test("each kind is saved in Open WebUI's JSON type")
    func types() {
        #expect(SettingKind.boolean.json("true") == .bool(true))
        #expect(SettingKind.integer(0...9).json("7") == .integer(7))
        #expect(SettingKind.nullableText.json("") == .null && SettingKind.nullableText.json("a") == .string("a"))
        #expect(SettingKind.urls.json("http://a;http://b") == .array([.string("http://a"), .string("http://b")]))
        #expect(SettingKind.texts(",").json("user,admin") == .array([.string("user"), .string("admin")]))
        #expect(SettingKind.texts(",").normalised(" user , ,admin") == "user,admin")
        #expect(SettingKind.names.json("user, admin") == .array([.string("user"), .string("admin")]))
        #expect(SettingKind.names.json(#"["a,b"]"#) == .array([.string("a,b")]))
        #expect(SettingKind.names.text(saved: .array([.string("a,b")])) == #"["a,b"]"#)
        #expect(SettingKind.listText.json("[]") == .string("[]") && SettingKind.listText.normalised("{}") == nil)
        #expect(SettingKind.list.json("[{}]") == .array([.object([:])]))
    }

    @Test(
        "lists that belong together by position keep their empty elements",
        arguments: [
            ("", [""]), ("a", ["a"]), (" a ; ;b ", ["a", "", "b"]), (";", ["", ""]), ("[]", []),
            (#"["a","b"]"#, ["a", "b"]), (#"["a;b",""]"#, ["a;b", ""]), (#"["[x]"]"#, ["[x]"]),
        ])
    func positionalTexts(_ text: String, _ texts: [String]) throws {
        let kind = SettingKind.positionalTexts
        let saved = kind.json(try #require(kind.normalised(text)))
        #expect(saved == .array(texts.map(JSONValue.string)))
        #expect(kind.text(saved: saved).flatMap(kind.normalised) == kind.normalised(text))
    }

    @Test(
        "an empty address among others is OpenAI's, and the others keep their positions",
        arguments: [
            ("", []), ("http://a/v1/", ["http://a/v1"]), ("http://a;;http://b", ["http://a", "OPENAI", "http://b"]),
        ])
    func endpoints(_ text: String, _ urls: [String]) throws {
        let expected = urls.map { JSONValue.string($0 == "OPENAI" ? "https://api.openai.com/v1" : $0) }
        #expect(SettingKind.endpoints.json(try #require(SettingKind.endpoints.normalised(text))) == .array(expected))
        #expect(SettingKind.endpoints.normalised(text + ";file:///x") == nil)
        #expect(SettingKind.positionalTexts.normalised("[1]") == nil)
    }

    @Test(
        "networks and addresses",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.7", "10.0.0.7", true),
            ("10.0.0.7", "10.0.0.8", false), ("0.0.0.0/0", "203.0.113.9", true),
            ("192.168.4.0/22", "192.168.7.255", true),
            ("192.168.4.0/22", "192.168.8.0", false), ("::1", "::1", true), ("::1", "127.0.0.1", false),
            ("fd00::/8", "fdff::1", true), ("127.0.0.1", "::ffff:127.0.0.1", true), ("::/0", "10.0.0.1", false),
        ])
    func networks(_ range: String, _ address: String, _ isInside: Bool) throws {
        let parsed = try #require(IPAddress(address)).unmapped
        #expect(AddressBlock(range, unmapping: true)?.contains(parsed) == isInside)
    }

    @Test(
        "what is no network is refused",
        arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::1/129", "host", "10.0.0.1/8/8", "10.0.0.1 "])
    func noNetwork(_ text: String) {
        #expect(AddressBlock(text, unmapping: true) == nil)
        #expect(SettingKind.addresses.normalised("unix, 10.0.0.0/8") == "unix,10.0.0.0/8")
        #expect(SettingKind.addresses.normalised("10.0.0.0/8,host") == nil)
    }
}
