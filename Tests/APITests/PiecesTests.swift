import Contracts
import FoundationEssentials
import HTTPFront
import NIOCore
import NIOHTTP1
import Storage
import Testing

@testable import API
@testable import Identity

@Suite("Small pieces of the api daemon")
struct PiecesTests {
    @Test(
        "the token comes from the header, else from the cookie",
        arguments: [
            (["authorization": "Bearer abc"], "abc"), (["authorization": "bearer  abc"], "abc"),
            (["authorization": "Basic abc"], nil), (["authorization": "Bearer "], nil),
            (["cookie": "a=b; token=xyz; c=d"], "xyz"),
            (["cookie": "nottoken=xyz"], nil), (["cookie": "token="], nil),
            (["authorization": "Bearer h", "cookie": "token=c"], "h"), ([:], nil),
        ] as [([String: String], String?)])
    func token(_ headers: [String: String], _ expected: String?) {
        #expect(Admission.token(HTTPHeaders(headers.map { ($0.key, $0.value) })) == expected)
    }

    @Test("figures in the OpenMetrics form: types once, counters with _total, labels escaped, EOF last")
    func metrics() {
        let text = MetricsText.render([
            .gauge("a", "help", 1), .counter("b", "x\ny", 2.5, ["url": "q\"\\"]), .gauge("a", "help", 3, ["k": "v"]),
        ])
        #expect(
            text == """
                # TYPE a gauge
                # HELP a help
                a 1
                a{k="v"} 3
                # TYPE b counter
                # HELP b x\\ny
                b_total{url="q\\"\\\\"} 2.5
                # EOF

                """)
    }

    @Test("dates as RFC 9110 writes them")
    func dates() {
        #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test("a form tells all that is wrong at once")
    func validation() throws {
        var form = try Validation(ByteBuffer(string: #"{"email":5}"#))
        _ = form.text("email")
        _ = form.text("name")
        do {
            try form.check()
            Issue.record("accepted")
        } catch {
            #expect(error.status == .unprocessableEntity)
            let text = String(buffer: error.detail)
            #expect(text.contains("string_type"))
            #expect(text.contains("missing"))
        }
    }

    @Test("a text with a line break cannot forge a JSON member")
    func quoting() {
        #expect(JSONText.quoted("a\"b\\\n\u{1}") == #""a\"b\\\n\u0001""#)
    }

    @Test("any text comes back from its JSON, alone and as a member")
    func quotedTexts() throws {
        let controls = String(String.UnicodeScalarView((0..<0x20).compactMap(Unicode.Scalar.init)))
        for text in ["", "plain", "\"", "\\end", "é\u{1F680}\u{7f}\u{2028}", controls, "a" + controls + "z\""] {
            let decoded = try JSONDecoder().decode(JSONValue.self, from: Data(JSONText.quoted(text).utf8))
            #expect(decoded == .string(text))
            var object = JSONObjectText()
            object.add("text", text)
            object.add("none", nil as String?)
            object.add("number", -7)
            object.add("flag", true)
            object.add("raw", json: "[1]")
            let members = try JSONDecoder().decode(JSONValue.self, from: Data(object.text.utf8))
            let expected: [String: JSONValue] = [
                "text": .string(text), "none": .null, "number": .integer(-7), "flag": .bool(true),
                "raw": .array([.integer(1)]),
            ]
            #expect(members == .object(expected))
        }
        #expect(JSONObjectText().text == "{}")
    }

    @Test("a session written by hand says what its encoder says", arguments: [false, true])
    func sessionText(withProfile: Bool) throws {
        var user = User(
            id: "u\"1", name: "Ü\n", email: "u@test.example", role: "user", profileImageURL: "/u.png", now: 1)
        user.bio = "b"
        user.statusExpiresAt = 4
        let tree = PermissionTree(["chat": .section(["a": .flag(true), "b\"": .flag(false)]), "empty": .section([:])])
        for expiresAt in [nil, 5 as Int64?] {
            let session = SessionResponse(
                user: user, token: "t.t.t", expiresAt: expiresAt, permissions: tree, withProfile: withProfile)
            let written = try JSONDecoder().decode(JSONValue.self, from: Data(session.json.utf8))
            #expect(try written == JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(session)))
        }
    }
}
