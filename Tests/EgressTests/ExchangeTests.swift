import NIOCore
import Reactor
import Synchronization
import Testing

@testable import Egress

@Suite @ReactorActor struct ExchangeTests {
    @Test("chunks arrive in order and as they are written")
    func order() async throws {
        let server = TestServer { connection in
            _ = connection.request()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A:  b \r\n\r\n")
            for index in 0..<500 { connection.chunk("\(index)\n") }
            connection.write("0\r\n\r\n")
        }
        defer { server.stop() }
        try await withClient { client in
            let recorder = await client.get(server.url())
            #expect(recorder.status == 200)
            #expect(recorder.heads.first?.first("x-a") == "b")
            #expect(recorder.text == (0..<500).map { "\($0)\n" }.joined())
            #expect(recorder.summary?.bytesReceived == recorder.body.count)
        }
    }

    @Test("start returns before the receiver hears anything, even of a request that is not allowed")
    func startIsQuiet() async throws {
        try await withClient { client in
            let recorder = Recorder()
            client.start(Request(url: "ftp://127.0.0.1/"), recorder)
            #expect(recorder.results.isEmpty && client.activeExchanges == 1)
            await recorder.ended()
            #expect(recorder.failure?.kind == .invalidRequest && recorder.failure?.wasSent == false)
        }
    }

    @Test("large bodies arrive whole, with either framing", arguments: [true, false])
    func large(isChunked: Bool) async throws {
        let block = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let server = TestServer { connection in
            _ = connection.request()
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(block.count * 100)"
            connection.write("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            for _ in 0..<100 {
                if isChunked { connection.write(String(block.count, radix: 16) + "\r\n") }
                connection.write(block)
                if isChunked { connection.write("\r\n") }
            }
            if isChunked { connection.write("0\r\n\r\n") }
        }
        defer { server.stop() }
        try await withClient { client in
            let recorder = await client.get(server.url())
            #expect(recorder.summary?.bytesReceived == 10_000_000)
            #expect(recorder.body == (0..<100).flatMap { _ in block })
        }
    }

    @Test("a response without a body ends at its head", arguments: ["GET 204", "HEAD 200", "GET 304", "POST 200"])
    func noBody(_ what: String) async throws {
        let parts = what.split(separator: " ").map(String.init)
        let server = TestServer { connection in
            while connection.request() != nil {
                let length = ["HEAD 200": "Content-Length: 1000\r\n", "POST 200": "Content-Length: 0\r\n"][what]
                connection.write("HTTP/1.1 \(parts[1]) X\r\n\(length ?? "")\r\n")
            }
        }
        defer { server.stop() }
        try await withClient { client in
            for _ in 0..<2 {
                let recorder = await client.run(Request(method: parts[0], url: server.url()))
                #expect(recorder.status == Int(parts[1]))
                #expect(recorder.summary?.bytesReceived == 0)
            }
            #expect(client.connectionsOpened == 1)
        }
    }

    @Test("an error status is a response, with its body")
    func errorStatus() async throws {
        let server = TestServer { connection in
            _ = connection.request()
            connection.respond("503 Service Unavailable", #"{"error":"busy"}"#)
        }
        defer { server.stop() }
        try await withClient { client in
            let recorder = await client.get(server.url())
            #expect(recorder.status == 503 && recorder.text == #"{"error":"busy"}"# && recorder.failure == nil)
        }
    }

    @Test("interim responses are skipped and redirects are not followed")
    func interimAndRedirect() async throws {
        let server = TestServer { connection in
            _ = connection.request()
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
            connection.respond("302 Found", "there", headers: ["Location: http://127.0.0.1:1/"])
        }
        defer { server.stop() }
        try await withClient { client in
            let recorder = await client.get(server.url())
            #expect(recorder.heads.count == 1 && recorder.status == 302 && recorder.text == "there")
            #expect(recorder.heads.first?.first("link") == nil)
        }
    }

    @Test("the request goes out as given, without Expect, hop headers or a made-up content type")
    func requestOnTheWire() async throws {
        let seen = Mutex<[ServerConnection.Received]>([])
        let server = TestServer { connection in
            while let request = connection.request() {
                seen.withLock { $0.append(request) }
                connection.respond()
            }
        }
        defer { server.stop() }
        try await withClient { client in
            let body = ByteBuffer(repeating: 65, count: 200_000)
            for method in ["POST", "PUT", "DELETE", "GET"] {
                let headers = [
                    ("X-Empty", ""), ("Connection", "close"), ("Content-Length", "3"), ("Expect", "100-continue"),
                ]
                let request = Request(
                    method: method, url: server.url("/a?b=c%20d"), headers: headers, body: .buffer(body))
                let recorder = await client.run(request)
                #expect(recorder.status == 200)
            }
            let requests = seen.withLock { $0 }
            #expect(requests.map(\.line) == ["POST", "PUT", "DELETE", "GET"].map { $0 + " /a?b=c%20d HTTP/1.1" })
            for request in requests {
                #expect(request.body == [UInt8](repeating: 65, count: 200_000))
                #expect(request.has("X-Empty") && !request.has("Expect") && !request.has("Content-Type"))
                #expect(!request.has("Connection") && request.headers.contains("Content-Length: 200000"))
            }
            #expect(client.connectionsOpened == 1)
        }
    }
}
