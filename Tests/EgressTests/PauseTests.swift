import NIOCore
import Reactor
import Synchronization
import Testing

@testable import Egress

@Suite @ReactorActor struct PauseTests {
    /// Serves `count` numbered lines in one of the two framings.
    private func lines(_ count: Int, isChunked: Bool) -> TestServer {
        TestServer { connection in
            _ = connection.request()
            let all = (0..<count).map { "line \($0)\n" }
            let length = all.reduce(0) { $0 + $1.utf8.count }
            connection.write(
                "HTTP/1.1 200 OK\r\n" + (isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(length)")
                    + "\r\n\r\n")
            for start in stride(from: 0, to: count, by: 100) {
                let part = all[start..<min(count, start + 100)]
                if isChunked {
                    connection.write(part.map { String($0.utf8.count, radix: 16) + "\r\n" + $0 + "\r\n" }.joined())
                } else {
                    connection.write(part.joined())
                }
            }
            if isChunked { connection.write("0\r\n\r\n") }
        }
    }

    @Test("pausing in callbacks and resuming later loses and repeats nothing", arguments: [true, false])
    func pauseInCallbacks(isChunked: Bool) async throws {
        let server = lines(20_000, isChunked: isChunked)
        defer { server.stop() }
        try await withClient { client in
            let recorder = Recorder()
            let exchange = client.start(Request(url: server.url()), recorder)
            var calls = 0
            recorder.onHead = { _ in
                exchange.pause()
                Reactor.shared.schedule(after: .milliseconds(5)) { exchange.resume() }
            }
            recorder.onBody = { _ in
                #expect(!exchange.isPaused)
                calls += 1
                switch calls % 7 {
                case 0: break
                case 1:
                    exchange.pause()
                    exchange.resume()
                case 2:
                    exchange.pause()
                    Reactor.shared.atEndOfTurn { exchange.resume() }
                case 3:
                    exchange.pause()
                    Reactor.shared.execute { exchange.resume() }
                default:
                    exchange.pause()
                    Reactor.shared.schedule(after: .microseconds(calls % 3 * 400)) { exchange.resume() }
                }
            }
            await recorder.ended()
            #expect(recorder.text == (0..<20_000).map { "line \($0)\n" }.joined())
            #expect(recorder.failure == nil)
        }
    }

    @Test("a paused exchange delivers nothing, leaves the bytes in the kernel and is not idle")
    func backPressure() async throws {
        let stalledAt = Mutex(0)
        let block = [UInt8](repeating: 120, count: 16384)
        let total = 64 << 20
        let server = TestServer { connection in
            _ = connection.request()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let written = connection.writeUntilStalled(block, milliseconds: 1200)
            stalledAt.withLock { $0 = written }
            var left = total - written
            while left > 0, connection.write([UInt8](block.prefix(left))) { left -= min(left, block.count) }
        }
        defer { server.stop() }
        try await withClient { client in
            let recorder = Recorder()
            recorder.keepsBody = false
            let timeouts = Request.Timeouts(idle: .seconds(1))
            let exchange = client.start(Request(url: server.url(), timeouts: timeouts), recorder)
            recorder.onHead = { _ in exchange.pause() }
            var received = 0
            recorder.onBody = { received += $0.count }
            #expect(await eventually { exchange.isReceiveHeld && stalledAt.withLock { $0 } > 0 })
            // Longer than the idle time-out.
            await turnsPass(.milliseconds(1200))
            #expect(received == 0 && recorder.results.isEmpty)
            // The kernel's receive buffer is 6 MB at most on Linux's defaults.
            #expect(stalledAt.withLock { $0 } < 16 << 20)
            exchange.resume()
            await recorder.ended()
            #expect(received == total && recorder.failure == nil, "\(received) \(String(describing: recorder.failure))")
        }
    }

    @Test("an end that came while paused is told after the resume")
    func endWhilePaused() async throws {
        let server = TestServer { connection in
            _ = connection.request()
            connection.respond("200 OK", "all of it", headers: ["Connection: close"])
        }
        defer { server.stop() }
        try await withClient { client in
            let recorder = Recorder()
            let exchange = client.start(Request(url: server.url()), recorder)
            recorder.onHead = { _ in exchange.pause() }
            #expect(await eventually { !recorder.heads.isEmpty && server.open == 0 })
            await turnsPass(.milliseconds(30))
            #expect(recorder.body.isEmpty && recorder.results.isEmpty)
            exchange.resume()
            #expect(recorder.body.isEmpty)
            await recorder.ended()
            #expect(recorder.text == "all of it" && recorder.failure == nil)
        }
    }

    @Test("a receiver that cancels in the bytes held back by a pause hears no more")
    func cancelInHeldBytes() async throws {
        let server = TestServer { connection in
            _ = connection.request()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<10 { connection.chunk("x") }
            _ = connection.waitForClose()
        }
        defer { server.stop() }
        try await withClient { client in
            let recorder = Recorder()
            let exchange = client.start(Request(url: server.url()), recorder)
            recorder.onHead = { _ in exchange.pause() }
            recorder.onBody = { _ in exchange.cancel() }
            #expect(await eventually { exchange.isReceiveHeld })
            exchange.resume()
            #expect(await eventually { server.open == 0 })
            #expect(recorder.body.count >= 1 && recorder.results.isEmpty && client.openConnections == 0)
        }
    }
}
