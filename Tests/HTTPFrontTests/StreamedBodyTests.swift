import HTTPFront
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// Handlers that read the body as it comes.
@Suite struct StreamedBodyTests {
    static let host = "Host: h\r\n\r\n"

    static func route(
        bodyLimit: Int = 1 << 30,
        _ serve: @escaping @Sendable (HTTPRequest, HTTPRequestBody) async throws -> HTTPResponse
    ) -> HTTPRoute<String> {
        HTTPRoute(HTTPRouteInfo(.POST, "/", bodyLimit: bodyLimit, metadata: ""), .streaming(serve))
    }

    /// Answers with the length of the body.
    static let counting = route(bodyLimit: 4_000_000) { _, body in
        var count = 0
        while let bytes = try await body.next() { count += bytes.readableBytes }
        return text("\(count) bytes")
    }

    @Test("every byte arrives, with a length or in chunks, however it is cut")
    func whole() async throws {
        try await TestServer.with([Self.counting]) { test in
            let client = try test.connect()
            for input in [
                "POST / HTTP/1.1\r\nContent-Length: 6\r\n" + Self.host + "abcdef",
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + Self.host + "4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n",
            ] {
                for byte in input.utf8 { try await client.send([byte]) }
                #expect(try await client.response().hasSuffix("6 bytes"))
            }
            try await client.send("POST / HTTP/1.1\r\nContent-Length: 0\r\n" + Self.host)
            #expect(try await client.response().hasSuffix("0 bytes"))
            try await client.send("POST / HTTP/1.1\r\nContent-Length: 3000000\r\n" + Self.host)
            try await client.send([UInt8](repeating: 0x61, count: 3_000_000))
            #expect(try await client.response().hasSuffix("3000000 bytes"))
        }
    }

    @Test("a reader that is behind makes the client wait, is not kept more than a little, and loses nothing")
    func backPressure() async throws {
        let taken = Atomic<Int>(0)
        let mayRead = Flag()
        let route = Self.route { _, body in
            try await poll("leave to read") { mayRead.isSet }
            while let bytes = try await body.next() { taken.add(bytes.readableBytes, ordering: .relaxed) }
            return text("\(taken.load(ordering: .relaxed)) bytes")
        }
        var limits = HTTPLimits()
        limits.bodyIdleTimeout = .milliseconds(300)
        try await TestServer.with([route], limits: limits) { test in
            let client = try test.connect()
            let size = 64_000_000
            try await client.send("POST / HTTP/1.1\r\nContent-Length: \(size)\r\n" + Self.host)
            let piece = [UInt8](repeating: 0x61, count: 1_000_000)
            // Longer than the time-out of a body that does not come: a client that is made to wait is not late.
            var sent = 0
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .milliseconds(900) {
                sent += client.sendWhatFits(piece)
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(sent < 20_000_000, "\(sent)")
            mayRead.set()
            while sent < size {
                let count = min(piece.count, size - sent)
                try await client.send(Array(piece[..<count]))
                sent += count
            }
            #expect(try await client.response().hasSuffix("\(size) bytes"))
        }
    }

    @Test("a body over the limit is 413, one that does not come 408, and the reader hears of it")
    func limits() async throws {
        let seen = Mutex<[Int]>([])
        let route = Self.route(bodyLimit: 100) { _, body in
            do {
                while try await body.next() != nil {}
                return text("whole")
            } catch let error as HTTPError {
                seen.withLock { $0.append(Int(error.status.code)) }
                throw error
            }
        }
        var limits = HTTPLimits()
        limits.bodyIdleTimeout = .milliseconds(300)
        try await TestServer.with([route], limits: limits) { test in
            let first = try test.connect()
            try await first.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + Self.host)
            try await first.send("80\r\n" + String(repeating: "a", count: 128))
            #expect(try await first.readToEnd().hasPrefix("HTTP/1.1 413 "))
            let second = try test.connect()
            try await second.send("POST / HTTP/1.1\r\nContent-Length: 50\r\n" + Self.host + "abc")
            #expect(try await second.readToEnd().hasPrefix("HTTP/1.1 408 "))
            try await poll("both are told") { seen.withLock { $0 } == [413, 408] }
            let third = try test.connect()
            try await third.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + Self.host + "zz\r\n")
            #expect(try await third.readToEnd().hasPrefix("HTTP/1.1 400 "))
            try await poll("nothing is left") { test.server.requestsInFlight == 0 && seen.withLock { $0.count } == 3 }
        }
    }

    @Test("an answer before the end of the body arrives; what is left of the body does no harm")
    func earlyAnswer() async throws {
        let route = Self.route { _, body in
            _ = try await body.next()
            throw HTTPError(.unprocessableEntity, "not this")
        }
        try await TestServer.with([route, .get("/after", "later")]) { test in
            let client = try test.connect()
            try await client.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n" + Self.host + "abc")
            #expect(try await client.response().hasPrefix("HTTP/1.1 422 "))
            try await client.send("defghijGET /after HTTP/1.1\r\n" + Self.host)
            #expect(try await client.response().hasSuffix("later"))
            let big = try test.connect()
            try await big.send("POST / HTTP/1.1\r\nContent-Length: 50000000\r\n" + Self.host + "abc")
            let answer = try await big.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 422 ") && answer.contains("connection: close"))
        }
    }

    @Test("a client that leaves in the middle ends the reading")
    func clientLeaves() async throws {
        let ended = Flag()
        let route = Self.route { _, body in
            defer { ended.set() }
            while try await body.next() != nil {}
            return text("whole")
        }
        try await TestServer.with([route]) { test in
            var client: RawClient? = try test.connect()
            try await client?.send("POST / HTTP/1.1\r\nContent-Length: 1000\r\n" + Self.host + "abc")
            try await poll("the request has begun") { test.server.requestsInFlight == 1 }
            client = nil
            try await poll("the reader hears of it") { ended.isSet }
            try await poll("nothing is left") { test.server.requestsInFlight == 0 }
        }
    }
}
