import HTTPFront
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@Suite struct BodyTests {
    static let host = "Host: h\r\n\r\n"
    static let echoing: HTTPRoute<String> = .relay(.POST, "/", bodyLimit: 100) { $1.respond(echo($0)) }

    static let signedIn: RouterResponder<String>.Admit = { request, _ in
        guard request.headers.contains(name: "authorization") else {
            return .refused(HTTPError(.unauthorized, "no").response)
        }
        return .admitted
    }

    @Test("a body is collected, with a length or in chunks, however it is cut")
    func collected() async throws {
        try await TestServer.with([Self.echoing]) { test in
            let client = try test.connect()
            for input in [
                "POST / HTTP/1.1\r\nContent-Length: 6\r\n" + Self.host + "abcdef",
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + Self.host + "4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n",
            ] {
                for byte in input.utf8 { try await client.send([byte]) }
                #expect(try await client.response().hasSuffix("POST / abcdef"))
            }
        }
    }

    @Test("an announced body over the limit is 413 at once, and a guest makes nobody read a byte")
    func announced() async throws {
        try await TestServer.with([Self.echoing], admit: Self.signedIn) { test in
            for (header, status) in [("Authorization: x\r\n", 413), ("", 401)] {
                let client = try test.connect()
                try await client.send("POST / HTTP/1.1\r\nContent-Length: 100000000\r\n" + header + Self.host)
                let answer = try await client.response()
                #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains("connection: close"))
            }
        }
    }

    @Test("a client that is still sending when it is refused can read why")
    func refusedWhileSending() async throws {
        try await TestServer.with([Self.echoing]) { test in
            let client = try test.connect()
            try await client.send("POST / HTTP/1.1\r\nContent-Length: 4000000\r\n" + Self.host)
            try await client.send([UInt8](repeating: 0x61, count: 4_000_000))
            #expect(try await client.response().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("a chunked body over the limit is 413 when it gets there")
    func streamed() async throws {
        try await TestServer.with([Self.echoing]) { test in
            let client = try test.connect()
            try await client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + Self.host)
            try await client.send("40\r\n" + String(repeating: "a", count: 64) + "\r\n")
            try await client.send("40\r\n" + String(repeating: "a", count: 64))
            let answer = try await client.response()
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("connection: close"))
        }
    }

    @Test("the small body of a refused request is skipped and the connection kept")
    func skipped() async throws {
        try await TestServer.with([Self.echoing], admit: Self.signedIn) { test in
            let client = try test.connect()
            try await client.send("POST / HTTP/1.1\r\nContent-Length: 6\r\n" + Self.host + "abc")
            #expect(try await client.response().hasPrefix("HTTP/1.1 401 "))
            try await client.send("defPOST / HTTP/1.1\r\nAuthorization: x\r\nContent-Length: 2\r\n" + Self.host + "ok")
            #expect(try await client.response().hasSuffix("POST / ok"))
        }
    }

    @Test("100 is sent when the body is wanted, not when it is refused or on its way")
    func expectation() async throws {
        try await TestServer.with([Self.echoing]) { test in
            let client = try test.connect()
            let head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\n"
            try await client.send(head + "Content-Length: 2\r\n" + Self.host)
            #expect(try await client.read { $0.hasSuffix("\r\n\r\n") } == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("ab")
            #expect(try await client.response().hasSuffix("POST / ab"))
            try await client.send(head + "Content-Length: 2\r\n" + Self.host + "ab")
            #expect(try await client.response().hasPrefix("HTTP/1.1 200 OK"))
            try await client.send(head + "Content-Length: 200\r\n" + Self.host)
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("an admission that has to wait holds the body back, then hands on what it found")
    func laterAdmission() async throws {
        let admit: RouterResponder<String>.Admit = { _, _ in
            .later { request in
                for _ in 0..<20 { await Task.yield() }
                request.context = "anna"
                return request.headers.contains(name: "x-no") ? .refused(HTTPResponse(status: .forbidden)) : .admitted
            }
        }
        let route: HTTPRoute<String> = .relay(.POST, "/") { request, exchange in
            exchange.respond(text("\(request.context as? String ?? "nobody") \(String(buffer: request.body))"))
        }
        try await TestServer.with([route], admit: admit) { test in
            let client = try test.connect()
            let requests = ["", "X-No: 1\r\n", ""].map {
                "POST / HTTP/1.1\r\nContent-Length: 3\r\n" + $0 + Self.host + "abc"
            }
            try await client.send(requests.joined())
            let answers = try await client.read {
                $0.split(separator: "anna abc").count > 1 && $0.hasSuffix("anna abc")
            }
            #expect(answers.contains("anna abcHTTP/1.1 403 Forbidden"))
        }
    }
}
