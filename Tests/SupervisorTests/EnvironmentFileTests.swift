import Testing

@testable import Supervisor

/// The format of systemd's EnvironmentFile.
@Suite struct EnvironmentFileTests {
    static func parse(_ text: String) throws -> [String: String] {
        try ConfigurationLoader.parse(text: text, file: "martlet.env")
    }

    @Test(
        "a line gives its key and value",
        arguments: [
            ("PORT=80", "80"), ("  PORT=80", "80"), ("\tPORT = 80 \t", "80"), ("PORT=", ""), ("PORT=\"\"", ""),
            ("PORT=\"80\"", "80"), ("PORT='80'", "80"), ("PORT=\" 80 \"", " 80 "), ("PORT=\"80'", "\"80'"),
            ("PORT=\"", "\""), ("PORT=a=b", "a=b"), ("PORT=a b", "a b"), ("PORT=a#b", "a#b"), ("PORT=é", "é"),
            ("PORT='it''s'", "it''s"), ("PORT=\"say \"hi\"\"", "say \"hi\""),
        ])
    func value(_ line: String, _ expected: String) throws {
        for ending in ["", "\n", "\r\n", "\n\n"] {
            #expect(try Self.parse(line + ending) == ["PORT": expected])
        }
    }

    @Test("empty lines and comments are passed over", arguments: ["\n", "\r\n"])
    func comments(_ ending: String) throws {
        let lines = ["# first", "", "A=1", "  ; second = x", "   ", "#B=2", "C=3 # no comment", "\t# third"]
        #expect(try Self.parse(lines.joined(separator: ending)) == ["A": "1", "C": "3 # no comment"])
    }

    @Test("a file with Windows' line ends means what it means with ours")
    func windows() throws {
        let text = "# Martlet\nHOST=\"127.0.0.1\"\n\nPORT=8081\nOLLAMA_BASE_URLS='http://a;http://b'\n"
        let same = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        let values = try Self.parse(same)
        #expect(try values == Self.parse(text) && values.count == 3 && values["PORT"] == "8081")
    }

    @Test("of a key that is there twice the later one counts")
    func twice() throws {
        #expect(try Self.parse("A=1\nB=2\nA=3") == ["A": "3", "B": "2"])
    }

    @Test("each line that is not KEY=value is named by its number, without its text")
    func malformed() {
        do {
            _ = try Self.parse("A=1\nsecret\n\n=secret\n# fine\r\n  = secret")
            Issue.record("it was taken")
        } catch {
            let problems = (error as? ConfigurationLoader.Invalid)?.problems
            #expect(problems == [2, 4, 6].map { "martlet.env, line \($0): not KEY=value" })
        }
    }

    @Test("any text is taken or refused, never a trap")
    func fuzz() async {
        var generator = SeededGenerator(state: 7)
        let pieces = [
            "=", "\"", "'", "#", ";", "\n", "\r\n", "\r", " ", "A", "\u{0}", "\u{301}", "👩‍👩‍👧", "\\", "\u{2028}",
        ]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0..<16, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let values = (try? Self.parse(text)) ?? [:]
            #expect(values.keys.allSatisfy { !$0.contains("=") && !$0.isEmpty || $0.contains("\u{301}") })
        }
    }
}
