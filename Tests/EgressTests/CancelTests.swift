import NIOCore
import Reactor
import Synchronization
import Testing

@testable import Egress

@Suite @ReactorActor struct CancelTests {
    /// Streams a chunk every millisecond until the client goes; notes when it found out.
    private func endless(_ closed: @escaping @Sendable () -> Void = {}) -> TestServer {
        TestServer { connection in
            _ = connection.request()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.chunk("first")
            if connection.waitForClose() { closed() }
        }
    }

    @Test("cancelling mid-stream closes the upstream connection at once and says nothing more")
    func midStream() async throws {
        let closedAt = Mutex<ContinuousClock.Instant?>(nil)
        let server = endless { closedAt.withLock { $0 = .now } }
        defer { server.stop() }
        try await withClient { client in
            let recorder = Recorder()
            let exchange = client.start(Request(url: server.url()), recorder)
            #expect(await eventually { recorder.text == "first" })
            let cancelled = ContinuousClock.now
            exchange.cancel()
            exchange.cancel()
            #expect(client.activeExchanges == 0 && client.openConnections == 0)
            #expect(await eventually { closedAt.withLock { $0 } != nil })
            // 100 ms is the promise, on a machine that does nothing else; it takes well below one.
            #expect(closedAt.withLock { $0 }.map { $0 - cancelled < .seconds(1) } == true)
            #expect(recorder.results.isEmpty)
            exchange.resume()
            exchange.pause()
        }
    }

    @Test("cancelling in any callback is safe", arguments: ["head", "body", "end"])
    func inCallback(_ place: String) async throws {
        let server = TestServer { connection in
            while connection.request() != nil { connection.respond("200 OK", "body") }
        }
        defer { server.stop() }
        try await withClient { client in
            let recorder = Recorder()
            let exchange = client.start(Request(url: server.url()), recorder)
            recorder.onHead = { _ in if place == "head" { exchange.cancel() } }
            recorder.onBody = { _ in if place == "body" { exchange.cancel() } }
            recorder.onEnd = { if place == "end" { exchange.cancel() } }
            #expect(await eventually { client.activeExchanges == 0 })
            #expect(recorder.body.count == (place == "head" ? 0 : 4))
            #expect(recorder.results.count == (place == "end" ? 1 : 0))
            let next = await client.get(server.url())
            #expect(next.text == "body")
            // A connection with an unread response must not be used again.
            #expect(place == "body" || client.connectionsOpened == (place == "end" ? 1 : 2))
        }
    }

    @Test("an exchange cancelled in another one's callback hears nothing more")
    func fromAnother() async throws {
        let first = endless()
        let second = TestServer { connection in
            _ = connection.request()
            connection.respond("200 OK", "go")
        }
        defer {
            first.stop()
            second.stop()
        }
        try await withClient { client in
            let victim = Recorder()
            let exchange = client.start(Request(url: first.url()), victim)
            #expect(await eventually { !victim.body.isEmpty })
            let other = Recorder()
            other.onBody = { _ in
                exchange.cancel()
                client.start(Request(url: "http://127.0.0.1:1/"), Recorder()).cancel()
            }
            client.start(Request(url: second.url()), other)
            await other.ended()
            #expect(other.text == "go" && victim.results.isEmpty)
            #expect(await eventually { first.open == 0 })
        }
    }

    @Test("an exchange cancelled in the turn of its start opens no connection")
    func beforeStart() async throws {
        let server = endless()
        defer { server.stop() }
        try await withClient { client in
            client.start(Request(url: server.url()), Recorder()).cancel()
            await turnsPass(.milliseconds(20))
            #expect(client.connectionsOpened == 0 && client.activeExchanges == 0)
        }
    }

    @Test("shutting down in a callback ends every exchange once with that failure")
    func shutdown() async throws {
        let server = endless()
        defer { server.stop() }
        let client = HTTPClient()
        let recorders = (0..<5).map { _ in Recorder() }
        for recorder in recorders {
            client.start(Request(url: server.url()), recorder)
            recorder.onBody = { _ in client.shutdown() }
        }
        for recorder in recorders { await recorder.ended() }
        #expect(recorders.allSatisfy { $0.results.count == 1 && $0.failure?.kind == .shutdown })
        #expect(client.activeExchanges == 0 && client.openConnections == 0)
        let late = await client.get(server.url())
        #expect(late.failure?.kind == .shutdown)
        client.shutdown()
    }

    @Test("a client that is let go closes its connections")
    func letGo() async throws {
        let server = TestServer { connection in
            while connection.request() != nil { connection.respond() }
        }
        defer { server.stop() }
        var client: HTTPClient? = HTTPClient()
        let recorder = await client?.get(server.url())
        #expect(recorder?.status == 200 && server.open == 1)
        client = nil
        #expect(await eventually { server.open == 0 })
    }
}
