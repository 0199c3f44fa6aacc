import Contracts

/// Bodies that no route may take, and bodies that some may.
enum BadBodies {
    /// No JSON object, for every route.
    static let notAnObject: [[UInt8]] =
        [
            "", " ", "{", "}", "[]", "[{}]", "null", "5", "\"x\"", "{}{}", "{} x", #"{"a":1,}"#, "{'a':1}",
            "{\"a\":\"\u{1}\"}",
            "{\"a\":\"\n\"}", #"{"a":"\x"}"#, #"{"a":"\u12"}"#, #"{"a":01}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#,
            "{1:2}",
            "\u{0}", "{\"a\":\"\u{0}\"}",
        ].map { Array($0.utf8) } + [
            // Invalid UTF-8, in a name too; UTF-16; a sequence that is too long; a surrogate in UTF-8.
            Array("{\"a\":\"".utf8) + [0xff, 0xfe] + Array("\"}".utf8),
            Array("{\"".utf8) + [0xff] + Array("\":1}".utf8),
            [0xff, 0xfe] + Array("{\"a\":1}".utf8).flatMap { [$0, 0] },
            Array("{\"a\":\"".utf8) + [0xc0, 0xaf] + Array("\"}".utf8),
            Array("{\"a\":\"".utf8) + [0xed, 0xa0, 0x80] + Array("\"}".utf8),
        ]

    /// Deeper than anything sensible: opened only, closed again, and by turns.
    static let deep: [[UInt8]] = [
        String(repeating: "[", count: 10_000), String(repeating: "{\"a\":", count: 10_000),
        String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000),
        "{\"ui\":" + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "}",
        // A decoder that sees UTF-16 in it sees other brackets than a scan of bytes does.
        String(repeating: "{\"a\":[", count: 5_000) + "1" + String(repeating: "]}", count: 5_000),
    ].map { Array($0.utf8) }

    /// JSON values that no route may store, wherever they lie: halves of surrogate pairs, NUL, numbers that are none.
    static let unstorable = [
        #""\ud800""#, #""\udc00x""#, #""\ud800\u0041""#, #""a\u0000b""#, #"{"a\u0000":1}"#, #"["\u0000"]"#, "1e400",
        "-1e400",
        #"{"a":1e999}"#,
    ]

    static let withNUL = [#""a\u0000b""#, #"{"a\u0000":1}"#]

    /// JSON values that may be right or wrong where they come.
    static let odd = [
        "123456789012345678901234567890", "9223372036854775808", "-9223372036854775809", "1e308", "0.1", "-0", "-1",
        "null", "true", "\"\"", "[]", "{}", #"{"":{"a.b":"$c"}}"#, #""\u2028\ufffe\uffff""#, #""🦆é\u0301""#,
        "\"" + String(repeating: "x", count: 300) + "\"", "\"" + String(repeating: "ü", count: 9000) + "\"",
        #""'; DROP TABLE \"user\";-- %_\\""#,
    ]

    /// JSON of another type.
    static func otherType(than value: JSONValue?) -> String {
        switch value {
        case .object?, .array?: "7.5"
        default: #"{"a":[]}"#
        }
    }

    /// A valid body with a few bytes changed, put in or taken away.
    static func mutated(_ valid: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        let pieces = ["\"", "\\", "\\u0000", "\\ud800", "{", "[", "}", "1e999", "null", ",", ":", "\u{0}", "é"]
        var bytes = valid
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + .random(in: 1...6, using: &random)))
            case 2: bytes.insert(.random(in: 0...255, using: &random), at: place)
            default: bytes.insert(contentsOf: Array(pieces.randomElement(using: &random)?.utf8 ?? "".utf8), at: place)
            }
        }
        return bytes
    }

    /// Each member twice.
    static func doubled(_ valid: JSONValue) -> [UInt8] {
        guard case .object(let members) = valid else { return [] }
        let texts = members.sorted { $0.key < $1.key }.map {
            JSONValue.object([$0.key: $0.value]).encoded.dropFirst().dropLast()
        }
        return Array("{\((texts + texts).joined(separator: ","))}".utf8)
    }
}
