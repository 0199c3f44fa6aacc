import HTTPFront
import NIOCore
import NIOHTTP1
import Testing

@Suite struct ClientGoneTests {
    enum Leaving: CaseIterable { case close, reset, halfClose }

    final class Witness: Sendable {
        private let started = Flag()
        private let gone = Flag()
        func start() { started.set() }
        func leave() { gone.set() }
        var hasStarted: Bool { started.isSet }
        var isGone: Bool { gone.isSet }
    }

    static func leave(_ client: inout RawClient?, _ how: Leaving) {
        switch how {
        case .close: client = nil
        case .reset:
            client?.resetOnClose()
            client = nil
        case .halfClose: client?.finishSending()
        }
    }

    /// Starts a request that never ends, leaves, and measures until the handler knows.
    static func measure(
        _ route: HTTPRoute<String>, _ witness: Witness, _ how: Leaving, behind: String,
        admit: @escaping RouterResponder<String>.Admit = { _, _ in .admitted }
    ) async throws {
        try await TestServer.with([route], admit: admit) { test in
            var client: RawClient? = try test.connect()
            try await client?.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n" + behind)
            try await poll("request") { witness.hasStarted }
            if !behind.isEmpty { client?.sendWhatFits([UInt8](repeating: 0x61, count: 20_000)) }
            let left = ContinuousClock.now
            leave(&client, how)
            try await poll("cancellation") { witness.isGone }
            #expect(ContinuousClock.now - left < .seconds(2))
            try await poll("end") { test.server.openConnections == 0 && test.server.requestsInFlight == 0 }
            #expect(test.server.figures.incomplete == 1)
            withExtendedLifetime(client) {}
        }
    }

    @Test("a relay learns that its client is gone", arguments: Leaving.allCases, ["", "GET /next HTTP/1.1\r\n"])
    func relay(_ how: Leaving, _ behind: String) async throws {
        let witness = Witness()
        let route: HTTPRoute<String> = .relay(.GET, "/") { _, exchange in
            exchange.onClientGone = {
                exchange.write(ByteBuffer(string: "ignored"))
                exchange.finish()
                exchange.fail()
                witness.leave()
            }
            exchange.writeHead(.ok, headers: [:])
            exchange.flush()
            witness.start()
        }
        try await Self.measure(route, witness, how, behind: behind)
    }

    @Test("a task is cancelled when its client is gone", arguments: Leaving.allCases, ["", "GET /next HTTP/1.1\r\n"])
    func task(_ how: Leaving, _ behind: String) async throws {
        let witness = Witness()
        let route: HTTPRoute<String> = .task(.GET, "/") { _ in
            witness.start()
            defer { witness.leave() }
            try await Task.sleep(for: .seconds(60))
            return HTTPResponse()
        }
        try await Self.measure(route, witness, how, behind: behind)
    }

    @Test("an admission that waits is cancelled when its client is gone", arguments: Leaving.allCases)
    func admission(_ how: Leaving) async throws {
        let witness = Witness()
        let admit: RouterResponder<String>.Admit = { _, _ in
            .later { _ in
                witness.start()
                try? await Task.sleep(for: .seconds(60))
                witness.leave()
                return .admitted
            }
        }
        try await Self.measure(.get("/", "x"), witness, how, behind: "", admit: admit)
    }

    @Test("a stream that is written to a gone client ends with an error")
    func stream() async throws {
        let witness = Witness()
        let route: HTTPRoute<String> = .task(.GET, "/") { _ in
            HTTPResponse(
                body: .stream { writer in
                    defer { witness.leave() }
                    let piece = ByteBuffer(repeating: 0x61, count: 1000)
                    while true {
                        try await writer.write(piece)
                        witness.start()
                    }
                })
        }
        try await Self.measure(route, witness, .close, behind: "")
    }

    @Test("a reader that takes nothing for too long is cut off")
    func stalled() async throws {
        var limits = HTTPLimits()
        limits.sendTimeout = .milliseconds(200)
        let witness = Witness()
        let route: HTTPRoute<String> = .relay(.GET, "/") { _, exchange in
            exchange.onClientGone = { witness.leave() }
            RelayTests.pump(exchange, RelayTests.Written())
        }
        try await TestServer.with([route], limits: limits) { test in
            let client = try test.connect()
            client.shrinkReceiveBuffer()
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            try await poll("cut") { witness.isGone && test.server.openConnections == 0 }
            withExtendedLifetime(client) {}
        }
    }
}
