import HTTPFront
import NIOCore
import NIOHTTP1
import Testing

@Suite struct LimitTests {
    static let host = "Host: h\r\n\r\n"

    static var short: HTTPLimits {
        var limits = HTTPLimits()
        limits.headerTimeout = .milliseconds(400)
        limits.bodyIdleTimeout = .milliseconds(400)
        limits.keepAliveTimeout = .seconds(2)
        limits.lingerTimeout = .seconds(1)
        return limits
    }

    /// What a fresh connection gets for `input`, up to its end.
    static func outcome(_ test: TestServer, _ input: String) async throws -> String {
        let client = try test.connect()
        client.sendWhatFits(Array(input.utf8))
        return try await client.readToEnd()
    }

    @Test(
        "input over a limit, or not HTTP, is answered with its status and the connection closed",
        arguments: [
            ("GET /" + String(repeating: "a", count: 17_000) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414),
            ("GET /" + String(repeating: "a", count: 17_000), 414),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: " + String(repeating: "a", count: 40_000), 431),
            ("GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "A: b\r\n", count: 100) + "\r\n", 431),
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("hello\r\n\r\n", 400), ("\u{16}\u{3}\u{1}\u{2}", 400), ("GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
            ("GET / HTTP/1.1\r\nExpect: the unexpected\r\nHost: h\r\nConnection: close\r\n\r\n", 417),
        ])
    func bad(_ input: String, _ status: Int) async throws {
        try await TestServer.with([.get("/", "x"), .relay(.POST, "/") { $1.respond(echo($0)) }]) { test in
            let answer = try await Self.outcome(test, input)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains(#"{"detail":""#))
            #expect(answer.contains("connection: close\r\n"))
            try await poll("close") { test.server.openConnections == 0 }
            #expect(test.server.requestsInFlight == 0)
        }
    }

    @Test("garbage after a good request does not spoil its answer")
    func garbageBehind() async throws {
        let slow: HTTPRoute<String> = .task(.GET, "/") { _ in
            for _ in 0..<100 { await Task.yield() }
            return text("good")
        }
        try await TestServer.with([slow]) { test in
            let answer = try await Self.outcome(test, "GET / HTTP/1.1\r\n" + Self.host + "(garbage)\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.contains("goodHTTP/1.1 400 Bad Request\r\n"))
        }
    }

    @Test("a head that trickles in is cut off with 408, however steadily")
    func slowloris() async throws {
        try await TestServer.with([.get("/", "x")], limits: Self.short) { test in
            let client = try test.connect()
            try await client.send("GET / HTTP/1.1\r\n")
            var answer = ""
            try await poll("408") {
                client.sendWhatFits(Array("a".utf8))
                if let piece = try? client.take() { answer += String(decoding: piece, as: UTF8.self) }
                return !answer.isEmpty
            }
            #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("connection: close"))
            try await poll("close") {
                client.sendWhatFits(Array("a".utf8))
                return test.server.openConnections == 0
            }
        }
    }

    @Test("a body that stops coming ends in 408")
    func bodyTimeout() async throws {
        try await TestServer.with([.relay(.POST, "/") { $1.respond(echo($0)) }], limits: Self.short) { test in
            let input = "POST / HTTP/1.1\r\nContent-Length: 10\r\n" + Self.host + "abc"
            let answer = try await Self.outcome(test, input)
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(test.server.requestsInFlight == 0)
        }
    }

    @Test("a silent connection is closed without a word", arguments: ["", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"])
    func keepAliveTimeout(_ before: String) async throws {
        try await TestServer.with([.get("/", "x")], limits: Self.short) { test in
            let client = try test.connect()
            if !before.isEmpty {
                try await client.send(before)
                _ = try await client.response()
            }
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test("a response under way is not cut by any of these times")
    func slowAnswer() async throws {
        let slow: HTTPRoute<String> = .task(.GET, "/") { _ in
            try await Task.sleep(for: .milliseconds(2300))
            return text("late")
        }
        try await TestServer.with([slow], limits: Self.short) { test in
            let answer = try await test.ask("GET / HTTP/1.1\r\n" + Self.host)
            #expect(answer.hasSuffix("late"))
        }
    }

    @Test("the connection above the limit is told 503, and there is room again when one closes")
    func maximum() async throws {
        var limits = Self.short
        limits.maxConnections = 2
        limits.keepAliveTimeout = .seconds(30)
        try await TestServer.with([.get("/", "x")], limits: limits) { test in
            var first: RawClient? = try test.connect()
            let second = try test.connect()
            try await poll("both") { test.server.openConnections == 2 }
            let refused = try await Self.outcome(test, "GET / HTTP/1.1\r\n" + Self.host)
            #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("retry-after: 1"))
            try await second.send("GET / HTTP/1.1\r\n" + Self.host)
            #expect(try await second.response().hasSuffix("x"))
            #expect(test.server.figures.connectionsRefused == 1)
            withExtendedLifetime(first) {}
            first = nil
            try await poll("room") { test.server.openConnections == 1 }
            #expect(try await test.ask("GET / HTTP/1.1\r\n" + Self.host).hasSuffix("x"))
        }
    }
}
