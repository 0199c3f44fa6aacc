import FoundationEssentials
import Logging
import Testing

@testable import DaemonKit

@Suite struct LogLineTests {
    /// What a caller may get into an entry: breaks of every kind, quotes, terminal sequences.
    static let hostile = [
        "a\n2026-11-23T08:00:00.123Z critical api: forged", "a\r\nb", "a\rb", "a\u{b}b", "a\u{c}b", "a\u{85}b",
        "a\u{2028}b", "a\u{2029}b", "\n", "\u{1b}[2J", "\u{9b}2J", "a\u{0}b", "a\u{7f}", "\" user=admin x=\"",
        "\\", "\\\" , \"level\":\"critical", "}\n{\"level\":\"critical\"}", "", " ", "é👩‍👩‍👧", "\u{301}",
    ]

    static func text(_ message: String, _ fields: [(key: String, value: String)] = []) -> String {
        MartletLogHandler.text(.info, message, fields, "api")
    }

    static func json(_ message: String, _ fields: [(key: String, value: String)] = []) throws -> [String: String] {
        let line = MartletLogHandler.json(.error, message, fields, "scim")
        #expect(line.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1 && line.hasSuffix("}\n"))
        return try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    }

    /// Control characters but for the line break at the end.
    static func controls(_ line: String) -> [Unicode.Scalar] {
        line.unicodeScalars.dropLast().filter { scalar in
            [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
    }

    @Test("a text line is time, level, daemon, message and metadata")
    func textForm() throws {
        let line = Self.text("peer refused", [("uid", "7"), ("why", "no such group"), ("empty", "")])
        let parts = line.split(separator: " ", maxSplits: 1)
        #expect(parts[1] == "info api: peer refused uid=7 why=\"no such group\" empty=\"\"\n")
        let time = parts[0]
        #expect(time.count == 24 && time.hasSuffix("Z"))
        #expect(try Date(String(time.prefix(19)) + "Z", strategy: .iso8601).timeIntervalSinceNow.magnitude < 60)
        #expect(Self.text("plain").hasSuffix(" info api: plain\n"))
    }

    @Test("no value breaks out of its line or of its quotes", arguments: hostile)
    func textValue(_ value: String) {
        let line = Self.text("message", [("key", value), ("last", "1")])
        #expect(line.hasSuffix(" last=1\n") && line.split(separator: "\n").count == 1)
        #expect(Self.controls(line).isEmpty)
        guard let start = line.firstRange(of: "key=")?.upperBound else { return }
        let shown = line[start...].dropLast(" last=1\n".count)
        // Either bare, with nothing in it that ends a value, or in quotes to its end.
        let isBare = !shown.isEmpty && !shown.contains(" ") && !shown.contains("\"")
        #expect(isBare || (try? JSONDecoder().decode(String.self, from: Data(shown.utf8))) == value)
    }

    @Test("no message breaks out of its line", arguments: hostile)
    func textMessage(_ message: String) {
        let line = Self.text(message, [("key", "1")])
        #expect(line.hasSuffix(" key=1\n") && line.split(separator: "\n").count == 1)
        #expect(Self.controls(line).isEmpty)
    }

    @Test("a plain message is shown as it is")
    func plainMessage() {
        for message in ["a \"b\" c", "C:\\x", "é 👩‍👩‍👧"] { #expect(Self.text(message).contains("api: \(message)\n")) }
    }

    @Test("a JSON line is one object that says what was meant", arguments: hostile)
    func jsonForm(_ value: String) throws {
        let entry = try Self.json(value, [("key", value), ("k\"ey\n", "x")])
        #expect(entry["message"] == value && entry["key"] == value && entry["k\"ey\n"] == "x")
        #expect(entry["level"] == "error" && entry["daemon"] == "scim" && entry["time"]?.count == 24)
        #expect(entry.count == 6)
    }

    @Test("levels are those of syslog(3)")
    func priorities() {
        #expect(Logger.Level.allCases.map(\.priority) == [7, 7, 6, 5, 4, 3, 2])
        #expect(Logger.Level.allCases.map(\.rawValue).allSatisfy(Self.levels.contains))
    }

    private static let levels: [String] = {
        guard case .choice(let levels)? = SettingDefinition.named("LOG_LEVEL")?.kind else { return [] }
        return levels
    }()
}
