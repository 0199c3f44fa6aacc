import NIOCore
import Testing

@testable import HTTPFront

@Suite struct MultipartParserTests {
    static let type = "multipart/form-data; boundary=\"xYz\""

    /// The events, pieces of one part's content put together.
    static func events(_ pieces: [[UInt8]], type: String = Self.type) throws -> [MultipartParser.Event] {
        var parser = try #require(MultipartParser(contentType: type))
        var events: [MultipartParser.Event] = []
        for piece in pieces {
            parser.feed(ByteBuffer(bytes: piece))
            while let event = try parser.next() {
                if case .data(let more) = event, case .data(var bytes)? = events.last {
                    bytes.writeImmutableBuffer(more)
                    events[events.count - 1] = .data(bytes)
                } else {
                    events.append(event)
                }
            }
        }
        return events
    }

    static let form = Array(
        ("preamble\r\n--xYz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--xY\r\n--xYz  \r\n"
            + "content-type: application/octet-stream\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"x \\\"1%22.gguf\"\r\n\r\n"
            + "\r\r\n\r\n-\r\n--\u{0}\r\n--xYz\r\nContent-Disposition: form-data; name=e\r\n\r\n\r\n--xYz--\r\nepilogue")
            .utf8)

    static let expected: [MultipartParser.Event] = [
        .part(.init(name: "a")), .data(ByteBuffer(string: "one\r\n--xY")), .endOfPart,
        .part(.init(name: "file", filename: "x \"1\".gguf", contentType: "application/octet-stream")),
        .data(ByteBuffer(string: "\r\r\n\r\n-\r\n--\u{0}")), .endOfPart,
        .part(.init(name: "e")), .endOfPart, .end,
    ]

    @Test("parts, names and contents come out the same wherever the bytes are cut")
    func everySplit() throws {
        #expect(try Self.events([Self.form]) == Self.expected)
        #expect(try Self.events(Self.form.map { [$0] }) == Self.expected)
        for cut in 1..<Self.form.count {
            #expect(try Self.events([Array(Self.form[..<cut]), Array(Self.form[cut...])]) == Self.expected)
        }
    }

    @Test("content that is never ended is given out, and no end is told")
    func unfinished() throws {
        let text = "--xYz\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nabc\r\n--xY"
        #expect(try Self.events([Array(text.utf8)]) == [.part(.init(name: "f")), .data(ByteBuffer(string: "abc"))])
    }

    @Test(
        "what is no form is refused",
        arguments: [
            ("--xYz\r\n\r\nabc\r\n--xYz--", MultipartError.malformed),
            ("--xYz\r\nContent-Disposition: attachment; name=a\r\n\r\n", .malformed),
            ("--xYz\r\nno colon\r\n\r\n", .malformed), ("--xYzjunk\r\n", .malformed),
            ("--xYz\r\nA: " + String(repeating: "b", count: 20_000), .headTooLarge),
            (
                String(repeating: "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", count: 1001),
                .tooManyParts
            ),
        ])
    func malformed(_ text: String, _ error: MultipartError) {
        #expect(throws: error) { try Self.events([Array(text.utf8)]) }
    }

    @Test(
        "the boundary is read from the content type",
        arguments: [
            ("multipart/form-data; boundary=abc", true), ("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a b\"", true),
            ("multipart/form-data", false), ("multipart/mixed; boundary=abc", false),
            ("multipart/form-data; boundary=", false), ("multipart/form-data; boundary=\"abc", false),
            ("application/json", false), ("", false),
            ("multipart/form-data; boundary=" + String(repeating: "a", count: 71), false),
        ])
    func contentType(_ type: String, _ isForm: Bool) {
        #expect((MultipartParser(contentType: type) != nil) == isForm)
    }
}
