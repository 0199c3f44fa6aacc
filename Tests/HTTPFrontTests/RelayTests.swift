import HTTPFront
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@Suite struct RelayTests {
    static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test("all that is written between two flushes is one chunk")
    func coalescing() async throws {
        let route: HTTPRoute<String> = .relay(.GET, "/") { _, exchange in
            exchange.writeHead(.ok, headers: ["content-type": "application/x-ndjson"])
            for word in ["a", "bb", "", "ccc"] { exchange.write(ByteBuffer(string: word)) }
            exchange.flush()
            exchange.flush()
            exchange.write(ByteBuffer(repeating: UInt8(ascii: "x"), count: 40_000))
            exchange.write(ByteBuffer(string: "d"))
            exchange.finish()
            exchange.finish()
            exchange.write(ByteBuffer(string: "too late"))
        }
        try await TestServer.with([route]) { test in
            let client = try test.connect()
            for _ in 0..<2 {
                try await client.send(Self.get)
                let answer = try await client.read { $0.hasSuffix("0\r\n\r\n") }
                let body = answer.split(separator: "\r\n\r\n", maxSplits: 1)[1]
                let long = String(repeating: "x", count: 40_000)
                #expect(body == "6\r\nabbccc\r\n9c40\r\n\(long)\r\n1\r\nd\r\n0\r\n\r\n")
                #expect(answer.contains("transfer-encoding: chunked\r\n"))
            }
        }
    }

    @Test("what is written from later turns of the loop arrives as it is flushed")
    func later() async throws {
        let route: HTTPRoute<String> = .relay(.GET, "/") { _, exchange in
            exchange.writeHead(.ok, headers: [:])
            let bound = NIOLoopBound(exchange, eventLoop: exchange.eventLoop)
            for number in 0..<5 {
                exchange.eventLoop.scheduleTask(in: .milliseconds(Int64(number))) {
                    bound.value.write(ByteBuffer(string: "t\(number)"))
                    if number < 4 { bound.value.flush() } else { bound.value.finish() }
                }
            }
        }
        try await TestServer.with([route]) { test in
            let client = try test.connect()
            try await client.send(Self.get)
            let answer = try await client.read { $0.hasSuffix("0\r\n\r\n") }
            #expect(answer.hasSuffix("\r\n\r\n" + (0..<5).map { "2\r\nt\($0)\r\n" }.joined() + "0\r\n\r\n"))
        }
    }

    @Test("a body that breaks its announced length is cut, so that nobody takes it for whole", arguments: [-1, 1])
    func length(_ difference: Int) async throws {
        let route: HTTPRoute<String> = .relay(.GET, "/") { _, exchange in
            exchange.writeHead(.ok, headers: ["content-length": "5"])
            exchange.write(ByteBuffer(repeating: 0x61, count: 3))
            exchange.flush()
            exchange.write(ByteBuffer(repeating: 0x61, count: 2 + difference))
            exchange.finish()
        }
        try await TestServer.with([route]) { test in
            let client = try test.connect()
            try await client.send(Self.get)
            let answer = (try? await client.readToEnd()) ?? ""
            #expect(!answer.contains("aaaaa"))
            try await poll("close") { test.server.openConnections == 0 }
            #expect(test.server.figures.incomplete == 1)
        }
    }

    @Test("a failed relay is 500 before its head, and has no last chunk after it")
    func failure() async throws {
        let early: HTTPRoute<String> = .relay(.GET, "/early") { $1.fail() }
        let forgotten: HTTPRoute<String> = .relay(.GET, "/forgotten") { $1.finish() }
        let late: HTTPRoute<String> = .relay(.GET, "/late") { _, exchange in
            exchange.writeHead(.ok, headers: [:])
            exchange.write(ByteBuffer(string: "part"))
            exchange.flush()
            let bound = NIOLoopBound(exchange, eventLoop: exchange.eventLoop)
            exchange.eventLoop.scheduleTask(in: .milliseconds(20)) { bound.value.fail() }
        }
        try await TestServer.with([early, late, forgotten]) { test in
            for path in ["early", "forgotten"] {
                let answer = try await test.ask("GET /\(path) HTTP/1.1\r\nX-Request-Id: r7\r\nHost: h\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 500 "))
                #expect(answer.hasSuffix(#"{"detail":"Internal Server Error","request_id":"r7"}"#))
            }
            let client = try test.connect()
            try await client.send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.readToEnd().hasSuffix("4\r\npart\r\n"))
        }
    }

    /// Writes while it may, and goes on when it may again: an endless source with back-pressure.
    static func pump(_ exchange: any HTTPExchange, _ written: Written) {
        let piece = ByteBuffer(repeating: 0x61, count: 1000)
        func go() {
            while exchange.isWritable {
                exchange.write(piece)
                exchange.flush()
                written.count.add(1000, ordering: .relaxed)
                // Anything endless must let others have their turn.
                if written.count.load(ordering: .relaxed) > 200_000_000 { return exchange.finish() }
            }
        }
        exchange.onWritable = go
        exchange.writeHead(.ok, headers: [:])
        go()
    }

    final class Written: Sendable {
        let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
    }

    @Test("an endless relay to a stalled reader stops, and goes on when the reader does")
    func stalled() async throws {
        let written = Written()
        try await TestServer.with([.relay(.GET, "/") { Self.pump($1, written) }]) { test in
            let client = try test.connect()
            client.shrinkReceiveBuffer()
            try await client.send(Self.get)
            var last = -1
            try await poll("standstill") {
                defer { last = written.value }
                try await Task.sleep(for: .milliseconds(50))
                return written.value > 0 && written.value == last
            }
            // The kernel's buffers and ours: what the reader has not taken.
            #expect(written.value < 16_000_000)
            let before = written.value
            try await poll("progress") {
                _ = try client.take(1_000_000)
                return written.value > before + 1_000_000
            }
        }
    }

    @Test("a relay that ignores back-pressure is cut off at the limit")
    func overfull() async throws {
        var limits = HTTPLimits()
        limits.bufferedResponse = 1_000_000
        let written = Written()
        let route: HTTPRoute<String> = .relay(.GET, "/") { _, exchange in
            var isGone = false
            exchange.onClientGone = { isGone = true }
            exchange.writeHead(.ok, headers: [:])
            while !isGone, written.value < 100_000_000 {
                exchange.write(ByteBuffer(repeating: 0x61, count: 10_000))
                written.count.add(10_000, ordering: .relaxed)
            }
        }
        try await TestServer.with([route], limits: limits) { test in
            let client = try test.connect()
            try await client.send(Self.get)
            try await poll("cut") { test.server.figures.incomplete == 1 }
            #expect(written.value < 20_000_000)
            withExtendedLifetime(client) {}
        }
    }

    @Test("a client that pipelines and does not read is not served ahead without bound")
    func unreadPipeline() async throws {
        let served = Written()
        let route: HTTPRoute<String> = .relay(.GET, "/") { _, exchange in
            served.count.add(1, ordering: .relaxed)
            exchange.respond(HTTPResponse(body: .bytes(ByteBuffer(repeating: 0x61, count: 30_000))))
        }
        try await TestServer.with([route]) { test in
            let client = try test.connect()
            client.shrinkReceiveBuffer()
            let flood = Array(String(repeating: Self.get, count: 5000).utf8)
            client.sendWhatFits(flood)
            var last = -1
            try await poll("standstill") {
                defer { last = served.value }
                try await Task.sleep(for: .milliseconds(50))
                return served.value > 0 && served.value == last
            }
            #expect(served.value < 1000)
        }
    }
}
