import Glibc
import NIOCore
import Reactor
import Testing

@testable import Egress

@Suite @ReactorActor struct FailureTests {
    /// Runs one GET against a server that answers with `response` and then closes, or resets.
    private func failure(
        of response: String, isReset: Bool = false, limit: Int? = nil
    ) async throws -> (HTTPFailure?, Recorder) {
        let server = TestServer { connection in
            _ = connection.request()
            connection.write(response)
            if isReset { connection.resetOnClose() }
        }
        defer { server.stop() }
        var recorder = Recorder()
        try await withClient { recorder = await $0.run(Request(url: server.url(), maxResponseBytes: limit)) }
        return (recorder.failure, recorder)
    }

    @Test("a closed port is refused and nothing was sent")
    func refused() async throws {
        let (descriptor, port) = TestServer.listen(backlog: 1)
        close(descriptor)
        try await withClient { client in
            let recorder = await client.get("http://127.0.0.1:\(port)/")
            #expect(recorder.failure?.kind == .connect(.refused) && recorder.failure?.wasSent == false)
        }
    }

    @Test("a name that does not exist fails to resolve")
    func resolve() async throws {
        try await withClient { client in
            // How soon a resolver says no is its own business.
            let patient = Request.Timeouts(connect: .seconds(60), firstByte: .seconds(60))
            let recorder = await client.run(Request(url: "http://no-such-host.invalid/", timeouts: patient))
            #expect(recorder.failure?.kind == .resolve && recorder.failure?.wasSent == false)
        }
    }

    @Test("a connection that is not accepted times out")
    func connectTimeout() async throws {
        // A full backlog: the kernel drops what else wants to connect.
        let (descriptor, port) = TestServer.listen(backlog: 0)
        defer { close(descriptor) }
        try await withClient { client in
            let timeouts = Request.Timeouts(connect: .seconds(1), firstByte: .seconds(3))
            let recorders = (0..<6).map { _ in Recorder() }
            for recorder in recorders {
                client.start(Request(url: "http://127.0.0.1:\(port)/", timeouts: timeouts), recorder)
            }
            for recorder in recorders { await recorder.ended() }
            let failures = recorders.compactMap(\.failure)
            #expect(failures.contains { $0.kind == .connectTimeout && !$0.wasSent })
            #expect(failures.contains { $0.kind == .firstByteTimeout && $0.wasSent })
        }
    }

    @Test("a server that hangs before the head, in the body or for ever is given up in time")
    func hangs() async throws {
        let server = TestServer { connection in
            guard let request = connection.request() else { return }
            if !request.line.contains("/head") {
                connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                connection.chunk("abc")
            }
            while request.line.contains("/total"), connection.chunk("more") { usleep(5000) }
            _ = connection.waitForClose()
        }
        defer { server.stop() }
        let expected: [(String, HTTPFailure.Kind, Request.Timeouts)] = [
            ("/head", .firstByteTimeout, .init(firstByte: .seconds(2), idle: .milliseconds(20))),
            ("/body", .idleTimeout, .init(firstByte: .seconds(60), idle: .milliseconds(150))),
            ("/total", .totalTimeout, .init(idle: .seconds(60), total: .milliseconds(700))),
        ]
        try await withClient { client in
            for (path, kind, timeouts) in expected {
                let start = ContinuousClock.now
                let recorder = await client.run(Request(url: server.url(path), timeouts: timeouts))
                #expect(
                    recorder.failure?.kind == kind && recorder.failure?.wasSent == true,
                    "\(path) \(String(describing: recorder.failure))")
                #expect(recorder.failure?.bytesReceived == recorder.body.count)
                #expect(.now - start >= .milliseconds(140))
                #expect(await eventually { server.open == 0 })
            }
        }
    }

    @Test("a body that ends early is truncated", arguments: [true, false])
    func truncated(isReset: Bool) async throws {
        for head in ["Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
            let (failure, recorder) = try await failure(of: "HTTP/1.1 200 OK\r\n" + head, isReset: isReset)
            #expect(failure?.kind == .truncated && failure?.wasSent == true)
            // A reset may overtake the bytes.
            #expect(isReset || recorder.text == "abc")
        }
    }

    @Test("a connection closed before the head ends is no response", arguments: ["", "HTTP/1.1 200 OK\r\nA: b\r\n"])
    func noResponse(_ start: String) async throws {
        let (failure, recorder) = try await failure(of: start)
        #expect(failure?.kind == .noResponse && failure?.wasSent == true && recorder.heads.isEmpty)
    }

    @Test(
        "what is not HTTP is a protocol error",
        arguments: ["another protocol", "bad chunk", "long header", "many headers", "switched protocols"])
    func protocolError(_ what: String) async throws {
        let responses = [
            "another protocol": "SSH-2.0-OpenSSH_9.2\r\n",
            "bad chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
            "long header": "HTTP/1.1 200 OK\r\nX: " + String(repeating: "y", count: 300_000) + "\r\n\r\n",
            "many headers": "HTTP/1.1 200 OK\r\n" + String(repeating: "A: bbbbbbbb\r\n", count: 20_000) + "\r\n",
            "switched protocols": "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        ]
        let (failure, _) = try await failure(of: responses[what] ?? "")
        #expect(failure?.kind == .protocolError, "\(String(describing: failure))")
    }

    @Test("more than the limit is refused, declared or not")
    func tooLarge() async throws {
        let declared = try await failure(of: "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nabcdefghijk", limit: 10)
        #expect(declared.0?.kind == .tooLarge && declared.1.heads.isEmpty)
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n3\r\nijk\r\n0\r\n\r\n"
        let found = try await failure(of: chunked, limit: 10)
        #expect(found.0?.kind == .tooLarge && found.1.text == "abcdefgh")
        #expect(try await failure(of: chunked, limit: 11).1.text == "abcdefghijk")
    }

    @Test("TLS to a server that speaks none fails as such")
    func tls() async throws {
        let server = TestServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            _ = connection.waitForClose()
        }
        defer { server.stop() }
        try await withClient { client in
            let recorder = await client.get("https://127.0.0.1:\(server.port)/")
            #expect(recorder.failure?.kind == .tls && recorder.failure?.wasSent == false)
        }
    }

    @Test(
        "a request that could smuggle another is refused before anything is sent",
        arguments: [
            Request(method: "GET / HTTP/1.1\r\nX:", url: "http://127.0.0.1/"),
            Request(url: "http://127.0.0.1/\r\nX: y"), Request(url: "http://127.0.0.1/a b"),
            Request(method: "CONNECT", url: "http://127.0.0.1/"),
            Request(method: "HEAD", url: "http://127.0.0.1/", body: .buffer(ByteBuffer())),
            Request(url: "file:///etc/passwd"), Request(url: "127.0.0.1"),
            Request(url: "http://127.0.0.1/", headers: [("X", "a\r\nY: b")]),
            Request(url: "http://127.0.0.1/", headers: [("X", "a\nb")]),
            Request(url: "http://127.0.0.1/", headers: [("X", "a\0b")]),
            Request(url: "http://127.0.0.1/", headers: [("X\r\nY", "a")]),
            Request(url: "http://127.0.0.1/", headers: [("X:", "a")]),
            Request(url: "http://127.0.0.1/", headers: [("", "a")]),
        ] as [Request])
    func smuggling(_ request: Request) async throws {
        try await Self.expectRefused(request)
    }

    private static func expectRefused(_ request: Request) async throws {
        let recorder = Recorder()
        try await withClient { client in
            client.start(request, recorder)
            await recorder.ended()
            #expect(recorder.failure?.kind == .invalidRequest && client.connectionsOpened == 0)
        }
    }
}
