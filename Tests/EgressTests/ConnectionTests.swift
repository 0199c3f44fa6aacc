import Glibc
import NIOCore
import Reactor
import Synchronization
import Testing

@testable import Egress

@Suite @ReactorActor struct ConnectionTests {
    private func echo() -> TestServer {
        TestServer { connection in
            while let request = connection.request() { connection.respond("200 OK", request.line) }
        }
    }

    @Test("exchanges one after another use one connection")
    func reuse() async throws {
        let server = echo()
        defer { server.stop() }
        try await withClient { client in
            for index in 0..<50 {
                let recorder = await client.get(server.url("/\(index)"))
                #expect(recorder.text == "GET /\(index) HTTP/1.1")
                #expect(recorder.summary?.connectionReused == (index > 0))
            }
            #expect(server.accepted == 1 && client.connectionsOpened == 1 && client.openConnections == 1)
        }
        #expect(await eventually { server.open == 0 })
    }

    @Test("a kept connection that the server closed meanwhile costs no failure", arguments: ["GET", "POST"])
    func staleConnection(_ method: String) async throws {
        // Every second request on a connection finds it closed: without an answer, and without a notice before.
        let server = TestServer { connection in
            guard connection.request() != nil else { return }
            connection.respond("200 OK", "first")
            _ = connection.request()
            connection.resetOnClose()
        }
        defer { server.stop() }
        try await withClient { client in
            for _ in 0..<10 {
                let body = method == "POST" ? Request.Body.buffer(ByteBuffer(string: "again")) : nil
                let recorder = await client.run(Request(method: method, url: server.url(), body: body))
                #expect(recorder.text == "first" && recorder.failure == nil)
            }
            #expect(server.accepted == 10)
        }
    }

    @Test("a request that must not be sent twice is not, when the connection dies under it")
    func neverTwice() async throws {
        let requests = Mutex(0)
        let server = TestServer { connection in
            while let request = connection.request() {
                requests.withLock { $0 += 1 }
                guard request.line.hasPrefix("GET") else { return connection.resetOnClose() }
                connection.respond("200 OK", "x")
            }
        }
        defer { server.stop() }
        try await withClient { client in
            #expect(await client.get(server.url()).text == "x")
            let request = Request(method: "POST", url: server.url(), mayReuseConnection: false)
            let recorder = await client.run(request)
            #expect(recorder.failure?.kind == .noResponse && recorder.failure?.wasSent == true)
            #expect(requests.withLock { $0 } == 2)
        }
    }

    @Test("500 streams at once arrive whole")
    func manyStreams() async throws {
        let server = TestServer { connection in
            guard let request = connection.request() else { return }
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for index in 0..<20 { connection.chunk(request.line + " \(index)\n") }
            connection.write("0\r\n\r\n")
        }
        defer { server.stop() }
        try await withClient { client in
            let recorders = (0..<500).map { _ in Recorder() }
            for (index, recorder) in recorders.enumerated() {
                client.start(Request(url: server.url("/\(index)")), recorder)
            }
            #expect(client.activeExchanges == 500)
            for (index, recorder) in recorders.enumerated() {
                await recorder.ended()
                #expect(recorder.text == (0..<20).map { "GET /\(index) HTTP/1.1 \($0)\n" }.joined())
            }
        }
    }

    @Test("beyond the connections allowed to a host, exchanges wait their turn")
    func connectionLimit() async throws {
        let most = Mutex((now: 0, most: 0))
        let server = TestServer { connection in
            while connection.request() != nil {
                most.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                usleep(2000)
                most.withLock { $0.now -= 1 }
                connection.respond("200 OK", "x")
            }
        }
        defer { server.stop() }
        var configuration = HTTPClient.Configuration()
        configuration.maxConnectionsPerHost = 3
        try await withClient(configuration) { client in
            let recorders = (0..<30).map { _ in Recorder() }
            let exchanges = recorders.map { client.start(Request(url: server.url()), $0) }
            exchanges[20].cancel()
            for index in 0..<30 where index != 20 {
                await recorders[index].ended()
                #expect(recorders[index].text == "x")
            }
            #expect(server.accepted == 3 && most.withLock { $0.most } <= 3)
        }
    }

    @Test("proxies in the environment are ignored and a thousand exchanges leave no socket open")
    nonisolated func noLeak() async throws {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://127.0.0.1:1", 1)
            setenv("all_proxy", "http://127.0.0.1:1", 1)
            try await ConnectionTests.thousandExchanges()
        }
    }

    private static func thousandExchanges() async throws {
        let server = TestServer { connection in
            while let request = connection.request() {
                if request.line.contains("/close") { return connection.respond(headers: ["Connection: close"]) }
                if request.line.contains("/cut") { return }
                connection.respond("200 OK", "fine")
            }
        }
        try await withClient { client in _ = await client.get("http://localhost:\(server.port)/") }
        #expect(await eventually { server.open == 0 })
        let before = openSockets()
        try await withClient { client in
            for round in 0..<50 {
                let recorders = (0..<20).map { _ in Recorder() }
                for (index, recorder) in recorders.enumerated() {
                    let path = ["/", "/close", "/cut", "/cancel"][(round + index) % 4]
                    // A name takes libcurl's resolver into it.
                    let url = index == 0 ? "http://no-such-host.invalid/" : server.url(path)
                    let exchange = client.start(Request(url: url), recorder)
                    if path == "/cancel", index != 0 { recorder.onHead = { _ in exchange.cancel() } }
                }
                #expect(await eventually { client.activeExchanges == 0 })
            }
        }
        #expect(await eventually { server.open == 0 && openSockets() == before })
        #expect(server.accepted > 100)
    }

    /// Sockets open in this process: what Egress could leak. (Others come and go with the runtime's own timers.)
    private static func openSockets() -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return (0..<CInt(min(limit.rlim_cur, 8192))).count { descriptor in
            var status = stat()
            return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
        }
    }
}
