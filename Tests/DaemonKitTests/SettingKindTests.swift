import Testing

@testable import DaemonKit

@Suite struct SettingKindTests {
    /// Texts that somebody who means harm, or a slip, may put anywhere.
    static let hostile = [
        "\u{0}", "\u{1b}[2J", "a\u{0}b", "\u{202e}eurt", "\u{301}", "true\u{301}", "１", "٣", "99999999999999999999",
        "-99999999999999999999", "0x10", "1e3", "1.0", "--", "${PORT}", "$(reboot)", "' OR 1=1", "../../etc/passwd",
        "NaN",
        String(repeating: "9", count: 100_000), String(repeating: "http://a;", count: 10_000) + "x", "👩‍👩‍👧",
    ]

    @Test("a text is kept, without the spaces around it", arguments: ["", "x", "a  b", "é", "a\nb", "\"q\""])
    func text(_ value: String) {
        #expect(SettingKind.text.normalised(" \t\(value)\r\n ") == value)
    }

    @Test("a truth value has several spellings and one normal form")
    func boolean() {
        for value in ["true", "True", "TRUE", "1", "yes", "on", "t", "y", " true "] {
            #expect(SettingKind.boolean.normalised(value) == "true")
        }
        for value in ["false", "False", "0", "no", "OFF", "f", "n", ""] {
            #expect(SettingKind.boolean.normalised(value) == "false")
        }
        for value in ["2", "truee", "tru", "enabled", "ja", "-", "nil", "yes no"] + Self.hostile {
            #expect(SettingKind.boolean.normalised(value) == nil, "\(value)")
        }
    }

    @Test("a number is whole and within its range, bounds included")
    func integer() {
        let kind = SettingKind.integer(0...65_535)
        for (value, expected) in [
            ("0", "0"), ("65535", "65535"), (" 80 ", "80"), ("+80", "80"), ("0080", "80"), ("-0", "0"),
        ] {
            #expect(kind.normalised(value) == expected)
        }
        for value in ["", " ", "-1", "65536", "8 0", "80.5", "80,", "eighty", "0b1"] + Self.hostile {
            #expect(kind.normalised(value) == nil, "\(value)")
        }
    }

    @Test("a duration is within its range, bounds included")
    func duration() {
        let kind = SettingKind.duration(.milliseconds(100) ... .seconds(3600))
        for value in ["100ms", "1h", "59m60s", "0.1s"] { #expect(kind.normalised(" \(value)\n") == value) }
        for value in ["99ms", "1h1ms", "0s", "10", "", "forever", "-1"] + Self.hostile {
            #expect(kind.normalised(value) == nil, "\(value)")
        }
    }

    @Test("a choice is one of its words, in small letters")
    func choice() {
        let kind = SettingKind.choice(["least_connections", "fastest"])
        #expect(
            kind.normalised(" FASTEST ") == "fastest" && kind.normalised("Least_Connections") == "least_connections")
        for value in ["", "fast", "fastest,least_connections", "fastest fastest", "least connections"] + Self.hostile {
            #expect(kind.normalised(value) == nil, "\(value)")
        }
    }

    @Test(
        "addresses lose their final slashes and empty parts",
        arguments: [
            ("", ""), (";;", ""), ("http://a", "http://a"), ("http://a/", "http://a"), ("http://a///", "http://a"),
            ("http://a:11434", "http://a:11434"), (" http://a ; https://b/x/ ;", "http://a;https://b/x"),
            ("HTTP://A", "HTTP://A"), ("http://user:pass@a:1/x", "http://user:pass@a:1/x"),
            ("http://[::1]", "http://[::1]"), ("http://[::1]:11434/api", "http://[::1]:11434/api"),
            ("http://1.2.3.4:65535", "http://1.2.3.4:65535"),
            ("http://xn--bcher-kva.example", "http://xn--bcher-kva.example"),
        ])
    func urls(_ value: String, _ expected: String) {
        #expect(SettingKind.urls.normalised(value) == expected)
    }

    @Test(
        "what is no address is refused, and one bad address refuses all",
        arguments: [
            "a", "localhost:11434", "ftp://a", "file:///etc/passwd", "http:", "http:/", "http://", "http:///x",
            "http://:80",
            "http://a:", "http://a:0", "http://a:65536", "http://a:-1", "http://a:+80", "http://a:80:90", "http://a:b",
            "http://a:8 0", "http://a b", "http://a\tb", "http://a\nHost: b", "http://a\r\nb", "http://a\u{0}b",
            "http://é",
            "http://@", "http://a@", "http://a@:80", "http://::1", "http://[", "http://[]", "http://[::1",
            "http://[::1]x",
            "http://[::1]:", "http://[::1]:0", "http://[::1]:99999", "http://[::1]:+8", "http://[::1]:x",
            "http://a;ftp://b",
            "http://a,http://b", "javascript:alert(1)", "http//a", "//a", "http://a:８０",
        ])
    func noURLs(_ value: String) {
        #expect(SettingKind.urls.normalised(value) == nil)
        #expect(SettingKind.urls.normalised("http://good;\(value)") == nil)
    }

    @Test("an expiry is never, or a duration")
    func expiry() {
        for value in ["-1", "0", "4w", "1h30m", "90s"] { #expect(SettingKind.expiry.normalised(" \(value) ") == value) }
        for value in ["", "1", "-2", "-1s", "00", "never", "4 w"] + Self.hostile {
            #expect(SettingKind.expiry.normalised(value) == nil, "\(value)")
        }
    }

    @Test("every kind says what is allowed, and normal forms are taken as they are")
    func definitions() {
        #expect(Set(SettingDefinition.all.map(\.key)).count == SettingDefinition.all.count)
        let names = SettingDefinition.all.flatMap { [$0.key] + $0.aliases }
        #expect(Set(names).count == names.count, "a name means two settings")
        let places = SettingDefinition.all.compactMap(\.persistedAt)
        #expect(Set(places).count == places.count, "a place in the database means two settings")
        for definition in SettingDefinition.all {
            #expect(definition.kind.normalised(definition.fallback) == definition.fallback, "\(definition.key)")
            #expect(!definition.kind.allowed.isEmpty && !definition.summary.isEmpty)
            #expect(SettingDefinition.named(definition.key)?.key == definition.key)
        }
        #expect(SettingDefinition.named("PATH") == nil)
    }
}
