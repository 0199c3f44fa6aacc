import NIOCore
import Reactor
import Testing

@testable import Egress

@Suite @ReactorActor struct RedirectTests {
    private func kind(_ client: HTTPClient, _ request: Request, redirects: Int = 5) async -> HTTPFailure.Kind? {
        do throws(HTTPFailure) {
            _ = try await client.fetch(request, limit: 100, redirects: redirects)
            return nil
        } catch { return error.kind }
    }

    private func redirecting(to location: String) -> TestServer {
        TestServer { connection in
            while connection.request() != nil { connection.respond("302 Found", headers: ["Location: \(location)"]) }
        }
    }

    @Test("redirects are followed on the same host, relative ones too, and the last answer counts")
    func follows() async throws {
        let server = TestServer { connection in
            while let request = connection.request() {
                let path = request.line.split(separator: " ")[1]
                switch path {
                case "/a/b": connection.respond("301 Moved", headers: ["Location: ../c?x=1"])
                case "/c?x=1": connection.respond("307 Moved", headers: ["Location: /end"])
                default: connection.respond("404 Not Found", "\(path) \(request.has("Authorization"))")
                }
            }
        }
        defer { server.stop() }
        try await withClient { client in
            let request = Request(url: server.url("/a/b"), headers: [("authorization", "Bearer t")])
            let (head, body) = try await client.fetch(request, limit: 100)
            #expect(head.status == 404 && String(buffer: body) == "/end true")
        }
    }

    @Test("credentials stay with the origin that they are for")
    func credentials() async throws {
        let other = TestServer { connection in
            while let request = connection.request() {
                connection.respond("200 OK", "\(request.has("Authorization")) \(request.has("Cookie"))")
            }
        }
        let server = redirecting(to: other.url())
        defer {
            server.stop()
            other.stop()
        }
        try await withClient { client in
            let headers = [("Authorization", "Bearer t"), ("cookie", "a=b"), ("accept", "*/*")]
            let (_, body) = try await client.fetch(Request(url: server.url(), headers: headers), limit: 100)
            #expect(String(buffer: body) == "false false")
        }
    }

    @Test(
        "an endless chain, and targets that are none, fail",
        arguments: ["/", "ftp://h/", "file:///etc/passwd", "http://a b/"])
    func refused(_ location: String) async throws {
        let server = redirecting(to: location)
        defer { server.stop() }
        try await withClient { client in
            #expect(await kind(client, Request(url: server.url()), redirects: 3) == .badRedirect)
        }
    }

    @Test("the total time-out is for all hops together")
    func total() async throws {
        let server = TestServer { connection in
            while connection.request() != nil {
                connection.pause(milliseconds: 150)
                connection.respond("302 Found", headers: ["Location: /"])
            }
        }
        defer { server.stop() }
        try await withClient { client in
            let request = Request(url: server.url(), timeouts: .init(total: .milliseconds(400)))
            #expect(await kind(client, request, redirects: 50) == .totalTimeout)
            #expect(server.accepted <= 4)
        }
    }

    @Test(
        "a reference is resolved as RFC 3986 says",
        arguments: [
            ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
            ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("..", "http://a/b/"), ("../g", "http://a/b/g"),
            ("../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."),
            ("./g/.", "http://a/b/c/g/"), ("g/../h", "http://a/b/c/h"), ("https://h/x#f", "https://h/x"),
        ])
    func references(_ reference: String, _ expected: String) {
        #expect(URLParts("http://a/b/c/d;p?q")?.resolving(reference) == expected)
    }

    @Test("origins differ by scheme, host and port, and by nothing else")
    func origins() {
        #expect(URLParts("http://u:p@Host/x?y")?.origin == URLParts("http://host:80")?.origin)
        #expect(URLParts("https://h/")?.origin == URLParts("https://h:443/")?.origin)
        #expect(URLParts("http://[::1]/")?.origin == "http://[::1]:80")
        #expect(URLParts("http://[::1]:8080/")?.origin == "http://[::1]:8080")
        #expect(URLParts("https://h/")?.origin != URLParts("http://h/")?.origin)
        #expect(URLParts("http://h:81/")?.origin != URLParts("http://h/")?.origin)
    }
}
