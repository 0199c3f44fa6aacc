import HTTPFront
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@Suite struct ConnectionTests {
    static let host = "Host: h\r\n\r\n"

    @Test("a request is answered with its framing, id and date, and the connection lives on")
    func simple() async throws {
        try await TestServer.with([.get("/a", "hello")]) { test in
            let client = try test.connect()
            for _ in 0..<3 {
                try await client.send("GET /a HTTP/1.1\r\nX-Request-Id: me-1\r\n" + Self.host)
                let answer = try await client.response()
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\nhello"))
                #expect(answer.contains("content-length: 5\r\n") && answer.contains("x-request-id: me-1\r\n"))
                #expect(answer.contains("\r\ndate: ") && answer.contains(" GMT\r\n") && !answer.contains("connection:"))
            }
            #expect(test.server.figures.responses == [0, 3, 0, 0, 0] && test.server.figures.connectionsAccepted == 1)
        }
    }

    @Test("an unacceptable request id is replaced by 16 hexadecimal digits")
    func identifier() async throws {
        let route: HTTPRoute<String> = .relay(.GET, "/") { request, exchange in
            exchange.respond(text(request.requestID))
        }
        try await TestServer.with([route]) { test in
            let answer = try await test.ask("GET / HTTP/1.1\r\nX-Request-Id: a b\r\n" + Self.host)
            let digits = String(answer.suffix(16))
            #expect(digits.allSatisfy { "0123456789abcdef".contains($0) })
            #expect(answer.contains("x-request-id: \(digits)\r\n"))
        }
    }

    @Test("pipelined requests are answered in order, whoever finishes first")
    func pipelining() async throws {
        let routes: [HTTPRoute<String>] = [
            .task(.GET, "/slow/{n}") { request in
                for _ in 0..<50 { await Task.yield() }
                return text("slow \(request.parameters["n"] ?? "")")
            },
            .relay(.POST, "/echo") { request, exchange in exchange.respond(echo(request)) },
        ]
        try await TestServer.with(routes) { test in
            let client = try test.connect()
            var sent = ""
            for number in 0..<200 {
                sent += "GET /slow/\(number) HTTP/1.1\r\n" + Self.host
                sent += "POST /echo HTTP/1.1\r\nContent-Length: 2\r\n" + Self.host + "ab"
            }
            sent += "GET /slow/last HTTP/1.1\r\nConnection: close\r\n" + Self.host
            try await client.send(sent)
            let answers = try await client.readToEnd()
            let bodies = answers.split(separator: "HTTP/1.1 200 OK").map { String($0.suffix(14)) }
            #expect(bodies.count == 401)
            for number in 0..<200 {
                #expect(bodies[2 * number].hasSuffix("slow \(number)"))
                #expect(bodies[2 * number + 1].hasSuffix("POST /echo ab"))
            }
        }
    }

    @Test("HTTP/1.0 closes by default and keeps alive if asked; a stream ends with the connection")
    func http10() async throws {
        let stream: HTTPRoute<String> = .relay(.GET, "/s") { _, exchange in
            exchange.writeHead(.ok, headers: [:])
            exchange.write(ByteBuffer(string: "abc"))
            exchange.finish()
        }
        try await TestServer.with([.get("/", "x"), stream]) { test in
            let client = try test.connect()
            try await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await client.response().contains("connection: keep-alive\r\n"))
            try await client.send("GET / HTTP/1.0\r\n\r\n")
            #expect(try await client.readToEnd().contains("connection: close\r\n"))
            let other = try test.connect()
            try await other.send("GET /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try await other.readToEnd()
            #expect(answer.hasSuffix("\r\n\r\nabc") && answer.contains("connection: close"))
            #expect(!answer.contains("chunked"))
        }
    }

    @Test("HEAD is answered like GET without its body", arguments: ["/a", "/relay", "/stream"])
    func head(_ path: String) async throws {
        let routes: [HTTPRoute<String>] = [
            .get("/a", "hello"),
            .relay(.GET, "/relay") { _, exchange in
                exchange.writeHead(.ok, headers: ["content-length": "5"])
                exchange.write(ByteBuffer(string: "hello"))
                exchange.finish()
            },
            .task(.GET, "/stream") { _ in
                HTTPResponse(
                    headers: ["content-length": "5"],
                    body: .stream { try await $0.write(ByteBuffer(string: "hello")) })
            },
        ]
        try await TestServer.with(routes) { test in
            let client = try test.connect()
            try await client.send("HEAD \(path) HTTP/1.1\r\n" + Self.host)
            let answer = try await client.read { $0.hasSuffix("\r\n\r\n") }
            #expect(answer.contains("content-length: 5\r\n"))
            try await client.send("GET /a HTTP/1.1\r\nConnection: close\r\n" + Self.host)
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test(
        "204 and 304 have neither body nor a length of zero",
        arguments: [HTTPResponseStatus.noContent, .notModified])
    func bodyless(_ status: HTTPResponseStatus) async throws {
        try await TestServer.with([.task(.GET, "/") { _ in HTTPResponse(status: status) }, .get("/a", "x")]) { test in
            let client = try test.connect()
            try await client.send("GET / HTTP/1.1\r\n" + Self.host)
            let answer = try await client.read { $0.hasSuffix("\r\n\r\n") }
            #expect(answer.contains(" \(status.code) ") && !answer.contains("content-length"))
            try await client.send("GET /a HTTP/1.1\r\n" + Self.host)
            #expect(try await client.response().hasSuffix("x"))
        }
    }

    @Test("an unknown path is 404, an unknown method 405 with Allow, an undecodable parameter 400")
    func refusals() async throws {
        try await TestServer.with([.get("/a/{b}", "x")]) { test in
            let missing = try await test.ask("GET /b HTTP/1.1\r\n" + Self.host)
            #expect(missing.hasPrefix("HTTP/1.1 404 Not Found\r\n") && missing.hasSuffix(#"{"detail":"Not Found"}"#))
            let method = try await test.ask("PUT /a/1 HTTP/1.1\r\n" + Self.host)
            #expect(method.hasPrefix("HTTP/1.1 405 ") && method.contains("allow: GET, HEAD\r\n"))
            #expect(method.hasSuffix(#"{"detail":"Method Not Allowed"}"#))
            #expect(try await test.ask("GET /a/%fe HTTP/1.1\r\n" + Self.host).hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("headers of a handler can neither split the answer nor speak for the connection")
    func headers() async throws {
        let hostile: HTTPHeaders = [
            "a": "b\r\nc: d", "x y": "z", "connection": "upgrade", "Transfer-Encoding": "gzip", "keep": "é\u{0}",
            "Content-Length": "7",
        ]
        try await TestServer.with([.task(.GET, "/") { _ in HTTPResponse(headers: hostile) }]) { test in
            let answer = try await test.ask("GET / HTTP/1.1\r\n" + Self.host)
            #expect(answer.contains("a: b  c: d\r\n") && answer.contains("keep: é \r\n"))
            #expect(!answer.contains("x y") && !answer.contains("upgrade") && !answer.contains("gzip"))
            #expect(answer.contains("content-length: 0\r\n") && !answer.contains("7\r\nx-"))
        }
    }

    @Test("the access log has the path without its query, the status, the bytes and the id")
    func accessLog() async throws {
        try await TestServer.with([.get("/a/{b}", "hello")]) { test in
            let answer = try await test.ask("GET /a/1?token=secret HTTP/1.1\r\nX-Request-Id: r1\r\n" + Self.host)
            let record = try #require(test.log.first)
            #expect(record.path == "/a/1" && record.route == "/a/{b}" && record.status == 200 && record.method == .GET)
            #expect(record.bytes == answer.utf8.count && record.requestID == "r1" && !record.isIncomplete)
        }
    }
}
