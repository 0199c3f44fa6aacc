import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPFront

@Suite struct HTTPRequestParserTests {
    typealias Event = HTTPRequestParser.Event

    /// All events of `bytes`, given in pieces that end at `cuts`; body pieces joined.
    static func parse(
        _ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()
    ) throws(HTTPParseError) -> [Event] {
        var parser = HTTPRequestParser(limits: limits)
        var buffer = ByteBuffer()
        var events: [Event] = []
        var start = 0
        for cut in cuts + [bytes.count] {
            buffer.writeBytes(bytes[start..<cut])
            start = cut
            while let event = try parser.next(&buffer) {
                if case .body(let piece) = event, case .body(var whole) = events.last {
                    whole.writeImmutableBuffer(piece)
                    events[events.count - 1] = .body(whole)
                } else {
                    events.append(event)
                }
            }
        }
        return events
    }

    static func parse(_ text: String) throws(HTTPParseError) -> [Event] { try parse(Array(text.utf8)) }

    static func error(_ text: String, limits: HTTPLimits = HTTPLimits()) -> HTTPParseError? {
        do {
            _ = try parse(Array(text.utf8), limits: limits)
            return nil
        } catch {
            return error
        }
    }

    static let conversation =
        "POST /a%20b?x=1 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 5\r\n\r\nhello"
        + "\r\nGET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"
        + "PUT /c HTTP/1.1\r\nhost:\th \r\nTransfer-Encoding: Chunked\r\nExpect: 100-continue\r\n\r\n"
        + "3;a=b\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n"
        + "DELETE http://h/d HTTP/1.1\r\nHost: h\r\nConnection: x , close\r\n\r\n"

    @Test("a conversation of four requests is understood")
    func conversation() throws {
        let events = try Self.parse(Self.conversation)
        #expect(events.count == 10)
        guard case .head(let post) = events[0], case .head(let get) = events[3], case .head(let put) = events[5],
            case .head(let delete) = events[8]
        else {
            Issue.record("heads are not where they should be: \(events)")
            return
        }
        #expect(post.method == .POST && post.target == "/a%20b?x=1" && post.framing == .length(5) && post.keepAlive)
        #expect(events[1] == .body(ByteBuffer(string: "hello")))
        #expect(get.isHTTP10 && get.keepAlive && get.framing == .none)
        #expect(put.headers["host"] == ["h"] && put.framing == .chunked && put.expectsContinue == true)
        #expect(events[6] == .body(ByteBuffer(string: "abc0123456789")))
        #expect(delete.target == "/d" && !delete.keepAlive)
        #expect(events.last == .end)
    }

    @Test("every split of the input into two and into single bytes gives the same events")
    func splits() async throws {
        let bytes = Array(Self.conversation.utf8)
        let whole = try Self.parse(bytes)
        for cut in 0...bytes.count {
            #expect(try Self.parse(bytes, cuts: [cut]) == whole)
            await Task.yield()
        }
        #expect(try Self.parse(bytes, cuts: Array(0...bytes.count)) == whole)
    }

    @Test(
        "what is not a request is refused with its reason",
        arguments: [
            ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", HTTPParseError.badRequestLine),
            ("GET /\r\n\r\n", .badRequestLine),
            ("GET / HTTP/1.1 \r\nHost: h\r\n\r\n", .badRequestLine),
            ("GET / http/1.1\r\nHost: h\r\n\r\n", .badRequestLine),
            ("GET / HTTP/1.1\nHost: h\n\n", .badRequestLine),
            ("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", .badRequestLine),
            ("GET a HTTP/1.1\r\nHost: h\r\n\r\n", .badRequestLine),
            ("GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n", .badRequestLine),
            ("G(T / HTTP/1.1\r\nHost: h\r\n\r\n", .badRequestLine),
            ("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", .badRequestLine),
            ("\u{16}\u{3}\u{1}", .badRequestLine),
            ("\n\nGET / HTTP/1.1\r\n", .badRequestLine),
            ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", .unsupportedVersion),
            ("GET / HTTP/1.1\r\n\r\n", .badHost),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .badHost),
            ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", .badHost),
            ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .badHost),
            ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .badHost),
            ("GET / HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n", .badHeader),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", .badHeader),
            ("GET / HTTP/1.1\r\nHost: h\r\n: b\r\n\r\n", .badHeader),
            ("GET / HTTP/1.1\r\nHost: h\r\nA\r\n\r\n", .badHeader),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n", .badHeader),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: b\n\r\n", .badHeader),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: \u{0}\r\n\r\n", .badHeader),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", .badFraming),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n", .badFraming),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", .badFraming),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", .badFraming),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\n", .badFraming),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", .badFraming),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999999999999\r\n\r\n", .badFraming),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .badFraming),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", .badFraming),
            ("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", .badFraming),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unsupportedCoding),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", .unsupportedCoding),
        ])
    func refused(_ text: String, _ reason: HTTPParseError) {
        #expect(Self.error(text) == reason)
    }

    @Test(
        "bad chunking is refused",
        arguments: [
            "\r\n", "x\r\n", "-1\r\n", " 1\r\na\r\n", "1\na\r\n", "1\r\nab\r\n", "1\r\na\n", "1\r\na\rb",
            "123456789\r\n", "1 x\r\n", "1;\u{1}\r\n", "0\r\n\n", "1;" + String(repeating: "a", count: 300),
        ])
    func chunks(_ body: String) {
        let text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body
        #expect(Self.error(text) == .badChunk)
    }

    @Test("each limit holds exactly, and before the end of what exceeds it")
    func limits() {
        var limits = HTTPLimits()
        limits.requestLine = 20
        limits.headerBytes = 40
        limits.headerLines = 3
        let host = "Host: h\r\n"
        #expect(Self.error("GET /123456 HTTP/1.1\r\n\(host)\r\n", limits: limits) == nil)
        #expect(Self.error("GET /1234567 HTTP/1.1\r\n\(host)\r\n", limits: limits) == .requestLineTooLong)
        #expect(Self.error("GET /12345678901234567", limits: limits) == .requestLineTooLong)
        #expect(Self.error("GET / HTTP/1.1\r\n\(host)A: 1\r\nB: 2\r\n\r\n", limits: limits) == nil)
        #expect(Self.error("GET / HTTP/1.1\r\n\(host)A: 1\r\nB: 2\r\nC: 3\r\n", limits: limits) == .headersTooLarge)
        let fits = "A: " + String(repeating: "a", count: 26)
        #expect(Self.error("GET / HTTP/1.1\r\n\(host)\(fits)\r\n\r\n", limits: limits) == nil)
        #expect(Self.error("GET / HTTP/1.1\r\n\(host)\(fits)a\r\n\r\n", limits: limits) == .headersTooLarge)
        #expect(Self.error("GET / HTTP/1.1\r\n\(host)\(fits)aaaaaa", limits: limits) == .headersTooLarge)
    }

    @Test("trailers are held to the limits of headers")
    func trailers() {
        let start = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        #expect(Self.error(start + String(repeating: "a: b\r\n", count: 101)) == .headersTooLarge)
        #expect(Self.error(start + "a: " + String(repeating: "b", count: 40000)) == .headersTooLarge)
        #expect(Self.error(start + "a b: c\r\n\r\n") == .badHeader)
    }
}
