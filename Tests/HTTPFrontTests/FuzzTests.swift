import HTTPFront
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPFront

/// Seeded, so that a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xff51_afd7_ed55_8ccd
    }
}

@Suite struct FuzzTests {
    static let fragments: [String] = [
        "GET / HTTP/1.1\r\n", "POST /a HTTP/1.1\r\n", "HEAD /x HTTP/1.0\r\n", "Host: h\r\n", "\r\n", "\r", "\n", ":",
        "Content-Length: 3\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n", "0\r\n\r\n",
        "abc", "Connection: close\r\n", "Connection: keep-alive\r\n", "Expect: 100-continue\r\n", " ", "\t", "\u{0}",
        "Upgrade: h2c\r\n", "ffffffff\r\n", "A: é\r\n", "GET /stream HTTP/1.1\r\n", "GET /task HTTP/1.1\r\n", "%", "*",
    ]

    /// Bytes that look like HTTP for a while.
    static func input(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        if Bool.random(using: &generator) { bytes += Array(HTTPRequestParserTests.conversation.utf8) }
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            bytes += Array((fragments.randomElement(using: &generator) ?? "").utf8)
        }
        for _ in 0..<Int.random(in: 0..<4, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: index)
            default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
            }
        }
        return bytes
    }

    /// What the parser of swift-nio makes of the same bytes, as `method target body` of each whole request, and why it
    /// stopped.
    static func reference(_ bytes: [UInt8]) -> (requests: [String], stop: HTTPParserError?) {
        let channel = EmbeddedChannel()
        try? channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
        var stop: HTTPParserError?
        do { try channel.writeInbound(ByteBuffer(bytes: bytes)) } catch { stop = error as? HTTPParserError }
        var requests: [String] = []
        var text = ""
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head): text = "\(head.method.rawValue) \(head.uri) "
            case .body(let body): text += String(buffer: body)
            case .end: requests.append(text)
            }
        }
        _ = try? channel.finish()
        return (requests, stop)
    }

    static func inOriginForm(_ request: String) -> String {
        guard let scheme = request.firstRange(of: " http://") else { return request }
        let rest = request[scheme.upperBound...]
        guard let slash = rest.firstIndex(where: { $0 == "/" || $0 == " " }) else { return request }
        return request[..<scheme.lowerBound] + " " + (rest[slash] == "/" ? "" : "/") + rest[slash...]
    }

    static func requests(_ events: [HTTPRequestParser.Event]) -> [String] {
        var requests: [String] = []
        var text = ""
        for event in events {
            switch event {
            case .head(let head): text = "\(head.method.rawValue) \(head.target) "
            case .body(let body): text += String(buffer: body)
            case .end: requests.append(text)
            }
        }
        return requests
    }

    @Test("the parser takes any bytes, the same however they are cut, and nothing that swift-nio's reads differently")
    func parser() async {
        var generator = SeededGenerator(state: 42)
        var accepted = 0
        for _ in 0..<1500 {
            await Task.yield()
            let bytes = Self.input(&generator)
            let cuts = (0..<Int.random(in: 0..<5, using: &generator)).map { _ in
                Int.random(in: 0...bytes.count, using: &generator)
            }.sorted()
            let whole = Result { try HTTPRequestParserTests.parse(bytes) }
            let pieces = Result { try HTTPRequestParserTests.parse(bytes, cuts: cuts) }
            switch (whole, pieces) {
            case (.success(let one), .success(let other)):
                #expect(one == other)
                let ours = Self.requests(one)
                accepted += ours.count
                let (requests, stop) = Self.reference(bytes)
                // The absolute form is shortened here only.
                let theirs = requests.map(Self.inOriginForm)
                #expect(ours.starts(with: theirs))
                // It stops for good at an upgrade, where the connection is to be closed, at methods that it does not
                // know, and at odd chunk extensions.
                let stopsEarlier: [HTTPParserError?] = [.closedConnection, .invalidMethod, .strictModeAssertion]
                let isUpgrade = String(decoding: bytes, as: UTF8.self).contains("Upgrade")
                #expect(ours.count == theirs.count || isUpgrade || stopsEarlier.contains(stop))
            case (.failure(let one), .failure(let other)): #expect(one as? HTTPParseError == other as? HTTPParseError)
            default: Issue.record("differs by the cut: \(String(decoding: bytes, as: UTF8.self)) \(cuts)")
            }
        }
        #expect(accepted > 500)
    }

    @Test("a server under random bytes stays whole and answers the next")
    func server() async throws {
        var limits = LimitTests.short
        limits.lingerTimeout = .milliseconds(50)
        limits.keepAliveTimeout = .seconds(3)
        let routes: [HTTPRoute<String>] = [
            .get("/", "x"), .relay(.POST, "/{a}") { $1.respond(echo($0)) }, .task(.GET, "/task") { echo($0) },
            .task(.GET, "/stream") { _ in
                HTTPResponse(body: .stream { for _ in 0..<3 { try await $0.write(ByteBuffer(string: "abc")) } })
            },
        ]
        try await TestServer.with(routes, limits: limits) { test in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for seed in 0..<4 {
                    group.addTask {
                        var generator = SeededGenerator(state: UInt64(seed))
                        for _ in 0..<250 {
                            let client = try test.connect()
                            for _ in 0..<Int.random(in: 1..<4, using: &generator) {
                                client.sendWhatFits(Self.input(&generator))
                                _ = try? client.take()
                                if Bool.random(using: &generator) { await Task.yield() }
                            }
                            if Bool.random(using: &generator) { client.resetOnClose() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await test.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").hasSuffix("x"))
            try await poll("rest") { test.server.openConnections == 0 && test.server.requestsInFlight == 0 }
        }
    }
}
