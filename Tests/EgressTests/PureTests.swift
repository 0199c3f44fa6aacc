import Testing

@testable import Egress

@Suite struct PureTests {
    private func parse(_ lines: [String]) -> [HeadParser.Step] {
        var parser = HeadParser()
        return lines.map { line in Array(line.utf8).withUnsafeBytes { parser.take($0) } }
    }

    @Test("a head is put together from its lines, folded ones too, and trailers are left alone")
    func head() throws {
        let steps = parse([
            "HTTP/1.1 207 Multi\r\n", "A:b\r\n", "C: d \r\n", "\te\r\n", "Empty:\r\n", "\r\n", "T: x\r\n", "\r\n",
        ])
        guard case .head(let head) = steps[5] else { return #expect(Bool(false), "no head") }
        #expect(head.status == 207)
        #expect(head.headers.map { "\($0)=\($1)" } == ["A=b", "C=d e", "Empty="])
        for step in steps[6...] { guard case .more = step else { return #expect(Bool(false), "trailers seen") } }
    }

    @Test(
        "a status line without a number is malformed",
        arguments: ["HTTP/1.1\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 099 X\r\n"])
    func malformed(_ line: String) {
        guard case .malformed = parse([line])[0] else { return #expect(Bool(false)) }
    }

    @Test("deadlines: first byte, then idle, never while paused, total always")
    func deadlines() {
        let timeouts = Request.Timeouts(
            firstByte: .milliseconds(100), idle: .milliseconds(10), total: .milliseconds(500))
        var deadlines = Deadlines(timeouts, now: 1000)
        #expect(deadlines.verdict(at: 1000) == .again(100))
        #expect(deadlines.verdict(at: 1100) == .expired(.firstByteTimeout))
        deadlines.headArrived(at: 1050)
        #expect(deadlines.verdict(at: 1055) == .again(5) && deadlines.headMilliseconds == 50)
        #expect(deadlines.verdict(at: 1060) == .expired(.idleTimeout))
        deadlines.isPaused = true
        #expect(deadlines.verdict(at: 1400) == .again(10))
        #expect(deadlines.verdict(at: 1500) == .expired(.totalTimeout))
        let never = Deadlines(.init(firstByte: nil, idle: nil, total: nil), now: 0)
        #expect(never.verdict(at: 1 << 40) == .never)
    }

    @Test("URLs are taken apart and joined with one slash between")
    func urls() {
        let parts = URLParts("HTTP://user:p@host:11434/base/?q=1#f")
        #expect(parts?.scheme == "http" && parts?.authority == "user:p@host:11434")
        #expect(parts?.path == "/base/" && parts?.query == "q=1")
        #expect(parts?.joining("/api/tags?x=y") == "http://user:p@host:11434/base/api/tags?x=y")
        #expect(URLParts("https://h")?.joining("api/ps") == "https://h/api/ps")
        for bad in ["", "http://", "http:///x", "ftp://h/", "http://h/a b", "http://:80/", "http://h\r\n/"] {
            #expect(URLParts(bad) == nil, "\(bad)")
        }
    }
}
