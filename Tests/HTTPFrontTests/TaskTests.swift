import HTTPFront
import NIOCore
import NIOHTTP1
import Testing

@Suite struct TaskTests {
    static let get = "GET / HTTP/1.1\r\nX-Request-Id: r7\r\nHost: h\r\n\r\n"

    struct Secret: Error { let password = "hunter2" }

    @Test("an HTTPError becomes its answer, any other error a 500 that says nothing of its cause")
    func errors() async throws {
        let routes: [HTTPRoute<String>] = [
            .task(.GET, "/http") { _ in throw HTTPError(.conflict, "a \"quoted\"\n\u{1}name", headers: ["x": "y"]) },
            .task(.GET, "/") { _ in throw Secret() },
        ]
        try await TestServer.with(routes) { test in
            let http = try await test.ask("GET /http HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(http.hasPrefix("HTTP/1.1 409 ") && http.hasSuffix(#"{"detail":"a \"quoted\"\n\u0001name"}"#))
            #expect(http.contains("x: y\r\n") && http.contains("content-type: application/json\r\n"))
            let other = try await test.ask(Self.get)
            #expect(other.hasSuffix(#"{"detail":"Internal Server Error","request_id":"r7"}"#))
            #expect(!other.contains("hunter2") && !other.contains("Secret"))
        }
    }

    @Test("a streamed body arrives whole, and the connection is used again")
    func stream() async throws {
        let route: HTTPRoute<String> = .task(.GET, "/") { _ in
            HTTPResponse(
                body: .stream { writer in
                    for number in 0..<100 { try await writer.write(ByteBuffer(string: "line \(number)\n")) }
                })
        }
        try await TestServer.with([route]) { test in
            let client = try test.connect()
            for _ in 0..<2 {
                try await client.send(Self.get)
                let answer = try await client.read { $0.hasSuffix("0\r\n\r\n") }
                #expect(answer.contains("line 0\n") && answer.contains("line 99\n"))
            }
        }
    }

    @Test("a writer waits for a slow reader")
    func backPressure() async throws {
        let written = RelayTests.Written()
        let route: HTTPRoute<String> = .task(.GET, "/") { _ in
            HTTPResponse(
                body: .stream { writer in
                    while written.value < 100_000_000 {
                        try await writer.write(ByteBuffer(repeating: 0x61, count: 10_000))
                        written.count.add(10_000, ordering: .relaxed)
                    }
                })
        }
        try await TestServer.with([route]) { test in
            let client = try test.connect()
            client.shrinkReceiveBuffer()
            try await client.send(Self.get)
            var last = -1
            try await poll("standstill") {
                defer { last = written.value }
                try await Task.sleep(for: .milliseconds(50))
                return written.value > 0 && written.value == last
            }
            #expect(written.value < 16_000_000)
        }
    }

    @Test("a stream that throws is cut without a last chunk")
    func brokenStream() async throws {
        let route: HTTPRoute<String> = .task(.GET, "/") { _ in
            HTTPResponse(
                body: .stream { writer in
                    try await writer.write(ByteBuffer(string: "part"))
                    throw Secret()
                })
        }
        try await TestServer.with([route]) { test in
            let client = try test.connect()
            try await client.send(Self.get)
            let answer = (try? await client.readToEnd()) ?? ""
            #expect(!answer.contains("0\r\n\r\n") && !answer.contains("hunter2"))
            #expect(test.server.figures.incomplete == 1)
        }
    }

    @Test("a large body arrives whole")
    func large() async throws {
        let route: HTTPRoute<String> = .task(.GET, "/") { _ in
            HTTPResponse(body: .bytes(ByteBuffer(repeating: 0x61, count: 5_000_000)))
        }
        try await TestServer.with([route]) { test in
            let client = try test.connect()
            try await client.send("GET / HTTP/1.1\r\nConnection: close\r\nHost: h\r\n\r\n")
            let answer = try await client.readToEnd()
            #expect(answer.utf8.count > 5_000_000 && answer.hasSuffix("aaaa"))
        }
    }
}
