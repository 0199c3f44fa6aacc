import Foundation
import Testing

@testable import Storage

@Suite("Transfer: JSON, text and times on their way into PostgreSQL")
struct TransferPieceTests {
    private func json(_ text: String) -> JSONRepair.Finding {
        Array(text.utf8).withUnsafeBytes { JSONRepair.examine($0) }
    }

    @Test(
        "JSON is valid",
        arguments: [
            "{}", "[]", " [ ] ", "null", "true", "false", "0", "-0", "-1.5e+10", "1E3", "\"\"", "\"a\\\"b\\\\\"",
            "{\"a\":[1,2,{\"b\":null}],\"c\":\"\\u00e9\"}", "[[],{},[[]]]", "\"\\ud83e\\udd86\"", "\"ü🦆\"",
            "{\n\t\"a\" : 1 ,\r\"a\" : 2 }",
        ])
    func valid(_ text: String) throws {
        #expect(json(text) == .valid)
        #expect(throws: Never.self) {
            try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
        }
    }

    @Test(
        "what is no JSON is found",
        arguments: [
            "", " ", "{", "[", "]", "{]", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{1:2}", "[1 2]", "01", "-", "1.",
            ".5", "1e", "+1", "tru", "nul", "True", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "'a'", "1 1",
            "[] []", "{}x", "Na", "-Inf", "\"\\", "{\"a\":}", ",", ":", "[,]", "/* */ 1",
            String(repeating: "[", count: 1001) + String(repeating: "]", count: 1001),
        ])
    func invalid(_ text: String) {
        #expect(json(text) == .invalid)
    }

    @Test(
        "what Python writes and PostgreSQL refuses is mended",
        arguments: [
            ("NaN", "null"), ("[NaN,-Infinity, Infinity]", "[null,null, null]"), ("\"a\\u0000b\"", "\"ab\""),
            ("\"\\\\u0000\"", nil), ("\"\\ud83e\"", "\"\\ufffd\""), ("\"\\udd86x\"", "\"\\ufffdx\""),
            ("\"\\ud83e\\u0041\"", "\"\\ufffd\\u0041\""), ("\"\\ud83e\\ud83e\\udd86\"", "\"\\ufffd\\ud83e\\udd86\""),
            ("{\"x\\u0000\":NaN}", "{\"x\":null}"), ("\"NaN\"", nil), ("\"\\ud83e\\u0000\"", "\"\\ufffd\""),
        ] as [(String, String?)])
    func mended(_ text: String, _ expected: String?) {
        #expect(json(text) == expected.map { .mended(Array($0.utf8)) } ?? .valid)
    }

    @Test("any cut of a document is told, and nothing crashes")
    func cuts() {
        let text = #"{"a":[1.5e3,"\ud83e\udd86\n",null,NaN,{"b":-Infinity}],"c":"\u0000"}"#
        for length in 0..<text.utf8.count { #expect(json(String(text.prefix(length))) == .invalid) }
    }

    @Test("UTF-8 is told as Swift tells it, for every pair and many longer runs of bytes")
    func utf8() {
        var generator = SystemRandomNumberGenerator()
        let lead: [UInt8] = [
            0x41, 0x80, 0xBF, 0xC1, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 0x9F, 0xA0, 0x90, 0x8F,
        ]
        var samples = (0...255).flatMap { first in (0...255).map { [UInt8(first), UInt8($0)] } }
        for _ in 0..<50_000 {
            samples.append((0..<Int.random(in: 0...6, using: &generator)).map { _ in lead.randomElement() ?? 0 })
        }
        for bytes in samples {
            let found = bytes.withUnsafeBytes { TextRepair($0) }
            let text = String(validating: bytes, as: UTF8.self)
            guard found.isUTF8 == (text != nil), found.hasNUL == bytes.contains(0) else {
                Issue.record("\(bytes)")
                return
            }
            if let text, found.characters != text.unicodeScalars.count { Issue.record("\(bytes)") }
        }
    }

    @Test("a prefix ends between characters")
    func prefixes() {
        Array("aü🦆b".utf8).withUnsafeBytes { bytes in
            func text(_ characters: Int, _ limit: Int) -> String {
                String(decoding: TextRepair.prefix(bytes, characters: characters, bytes: limit), as: UTF8.self)
            }
            #expect(text(2, 100) == "aü" && text(3, 100) == "aü🦆" && text(9, 100) == "aü🦆b")
            #expect(text(9, 2) == "a" && text(9, 6) == "aü" && text(9, 7) == "aü🦆" && text(0, 9) == "")
        }
    }

    @Test(
        "times in the forms that databases write are read",
        arguments: [
            ("1970-01-01 00:00:00", 0, 0), ("2024-02-29T12:30:05.25", 1_709_209_805, 250_000),
            ("2024-05-01 12:30:00+02:00", 1_714_559_400, 0), ("2024-05-01T12:30Z", 1_714_566_600, 0),
            ("1969-12-31 23:59:59.000001", -1, 1), ("2000-03-01", 951_868_800, 0), ("9999-12-31", 253_402_214_400, 0),
            ("0001-01-01", -62_135_596_800, 0), ("2024-05-01 12:30:00.123456789-0530", 1_714_586_400, 123_456),
        ] as [(String, Int64, Int64)])
    func times(_ text: String, _ seconds: Int64, _ microseconds: Int64) {
        #expect(TimeText(text) == TimeText(seconds: seconds, microseconds: microseconds))
    }

    @Test(
        "what is no time is not taken for one",
        arguments: [
            "", "now", "2024", "2024-13-01", "2023-02-29", "1900-02-29", "2024-05-01 24:00:00", "2024-05-01 12:60:00",
            "2024-05-01 12:30:00.", "2024-05-01x", "24-05-01", "2024-5-1", "2024-05-01 12:30:00 +02:00", "0000-01-01",
            "٢٠٢٤-05-01",
        ])
    func noTimes(_ text: String) {
        #expect(TimeText(text) == nil)
    }

    @Test("a time is written as it is read, over 800 years")
    func calendar() throws {
        var seconds: Int64 = -20_000_000_000
        var last = ""
        while seconds < 5_000_000_000 {
            let time = try #require(TimeText(seconds: seconds, microseconds: 7))
            #expect(TimeText(time.timestamp) == time)
            #expect(time.date > last)
            last = time.date
            seconds += 86_400 * 7
        }
        #expect(TimeText(seconds: 1_709_209_805)?.timestamp == "2024-02-29 12:30:05")
        #expect(TimeText(seconds: 1_709_209_805.25)?.timestamp == "2024-02-29 12:30:05.250000")
        #expect(TimeText(seconds: -0.5)?.timestamp == "1969-12-31 23:59:59.500000")
        #expect(TimeText(seconds: .infinity) == nil && TimeText(seconds: 1e15) == nil)
    }

    @Test(
        "bytes are told in the unit that fits",
        arguments: [
            (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (999_960, "1.0 MB"),
            (3_000_000_000, "3.0 GB"), (7_000_000_000_000_000_000, "7000.0 PB"),
        ] as [(Int64, String)])
    func byteCounts(_ count: Int64, _ text: String) {
        #expect(ByteCount(count).description == text)
    }
}
