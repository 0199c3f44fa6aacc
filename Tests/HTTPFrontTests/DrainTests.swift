import Glibc
import HTTPFront
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@Suite struct DrainTests {
    static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    static func server(_ routes: [HTTPRoute<String>], limits: HTTPLimits = HTTPLimits()) throws -> HTTPServer {
        HTTPServer(
            group: MultiThreadedEventLoopGroup.singleton, limits: limits, responder: try RouterResponder(routes),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("after a drain an idle connection is served once more, told to close, and nobody new gets in")
    func idle() async throws {
        try await TestServer.with([.get("/", "x")]) { test in
            let idle = try test.connect()
            try await idle.send(Self.get)
            let first = try await idle.response()
            #expect(!first.contains("connection: close"))
            test.server.drain()
            try await poll("refusal") { (try? test.connect()) == nil }
            #expect(test.server.openConnections >= 1)
            try await idle.send(Self.get)
            let answer = try await idle.readToEnd()
            #expect(answer.contains("connection: close\r\n") && answer.hasSuffix("x"))
            await test.server.drained()
            #expect(test.server.openConnections == 0)
        }
    }

    @Test("a request under way when the drain begins is finished, and drained waits for it")
    func underWay() async throws {
        let gate = Mutex<[CheckedContinuation<Void, Never>]>([])
        let route: HTTPRoute<String> = .task(.GET, "/") { _ in
            await withCheckedContinuation { waiter in gate.withLock { $0.append(waiter) } }
            return text("finished")
        }
        try await TestServer.with([route]) { test in
            let client = try test.connect()
            try await client.send(Self.get)
            try await poll("request") { gate.withLock { $0.count } == 1 }
            test.server.drain()
            test.server.drain()
            #expect(test.server.requestsInFlight == 1)
            let isDrained = Flag()
            async let done: Void = {
                await test.server.drained()
                isDrained.set()
            }()
            try await poll("refusal") { (try? test.connect()) == nil }
            #expect(!isDrained.isSet)
            for waiter in gate.withLock({ $0 }) { waiter.resume() }
            let answer = try await client.readToEnd()
            #expect(answer.contains("connection: close\r\n") && answer.hasSuffix("finished"))
            await done
        }
    }

    @Test("when nobody takes over, silent connections are closed soon, what is under way is finished")
    func closingIdle() async throws {
        let gate = Mutex<CheckedContinuation<Void, Never>?>(nil)
        let slow: HTTPRoute<String> = .task(.GET, "/slow") { _ in
            await withCheckedContinuation { waiter in gate.withLock { $0 = waiter } }
            return text("finished")
        }
        try await TestServer.with([.get("/", "x"), slow]) { test in
            let (kept, fresh, busy) = (try test.connect(), try test.connect(), try test.connect())
            try await kept.send(Self.get)
            _ = try await kept.response()
            try await busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
            try await poll("request") { gate.withLock { $0 != nil } && test.server.openConnections == 3 }
            test.server.drain(closingIdle: true)
            // Without a time-out of the client's: the server's ordinary one is 75 s.
            #expect(try await kept.readToEnd() == "")
            #expect(try await fresh.readToEnd() == "")
            gate.withLock { $0 }?.resume()
            #expect(try await busy.readToEnd().hasSuffix("finished"))
            await test.server.drained()
        }
    }

    @Test("a drained idle connection still ends by its ordinary idle time-out")
    func idleTimeout() async throws {
        try await TestServer.with([.get("/", "x")], limits: LimitTests.short) { test in
            let idle = try test.connect()
            try await idle.send(Self.get)
            _ = try await idle.response()
            test.server.drain()
            await test.server.drained()
            #expect(try await idle.readToEnd() == "")
        }
    }

    @Test("closeAll cuts streams and idle connections and cancels tasks")
    func closeAll() async throws {
        let isCancelled = Flag()
        let route: HTTPRoute<String> = .task(.GET, "/") { _ in
            defer { isCancelled.set() }
            try await Task.sleep(for: .seconds(60))
            return HTTPResponse()
        }
        try await TestServer.with([route]) { test in
            let clients = [try test.connect(), try test.connect()]
            try await clients[0].send(Self.get)
            try await poll("both") { test.server.openConnections == 2 && test.server.requestsInFlight == 1 }
            test.server.closeAll()
            await test.server.drained()
            try await poll("cancellation") { isCancelled.isSet }
            #expect(test.server.openConnections == 0 && test.server.requestsInFlight == 0)
            await test.server.shutdown()
            await test.server.shutdown()
        }
    }

    @Test("waiting for a drain ends when the task is cancelled")
    func cancelledWait() async throws {
        try await TestServer.with([.get("/", "x")]) { test in
            let idle = try test.connect()
            try await poll("connection") { test.server.openConnections == 1 }
            test.server.drain()
            let waiting = Task { await test.server.drained() }
            waiting.cancel()
            await waiting.value
            #expect(test.server.openConnections == 1)
            withExtendedLifetime(idle) {}
        }
    }

    @Test("a descriptor that does not listen is refused, and no other is left open")
    func badDescriptor() async throws {
        let (good, port) = try TestSockets.tcp()
        let plain = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        let server = try Self.server([.get("/", "x")])
        await #expect(throws: HTTPServerError.notListening(plain)) { try await server.start(listeners: [good, plain]) }
        #expect((try? RawClient(port: port)) == nil)
    }

    @Test("a server that was stopped does not start")
    func stopped() async throws {
        let (descriptor, port) = try TestSockets.tcp()
        let server = try Self.server([.get("/", "x")])
        await server.shutdown()
        await #expect(throws: HTTPServerError.stopped) { try await server.start(listeners: [descriptor]) }
        #expect((try? RawClient(port: port)) == nil)
    }

    @Test("a Unix socket is served beside TCP, and requests know which they came over")
    func unixSocket() async throws {
        var template = Array("/tmp/httpfront-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TestFailure("mkdtemp: \(errno)") }
        let directory = String(cString: made)
        let path = directory + "/api.sock"
        defer {
            unlink(path)
            rmdir(directory)
        }
        let route: HTTPRoute<String> = .relay(.GET, "/") { request, exchange in
            exchange.respond(text("\(request.isLocalSocket) \(request.remoteAddress?.ipAddress ?? "none")"))
        }
        let (tcp, port) = try TestSockets.tcp()
        let server = try Self.server([route])
        try await server.start(listeners: [tcp, try TestSockets.unix(path)])
        let local = try RawClient(path: path)
        try await local.send(Self.get)
        #expect(try await local.response().hasSuffix("true none"))
        let remote = try RawClient(port: port)
        try await remote.send(Self.get)
        #expect(try await remote.response().hasSuffix("false 127.0.0.1"))
        await server.shutdown()
    }

    @Test("under load, hand-overs from server to server on one socket lose no request")
    func handOver() async throws {
        let (descriptor, port) = try TestSockets.tcp()
        defer { close(descriptor) }
        let isDone = Flag()
        var current = try Self.server([.get("/", "x")])
        try await current.start(listeners: [dup(descriptor)])
        async let load = withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var answered = 0
                    while !isDone.isSet {
                        let client = try RawClient(port: port)
                        for _ in 0..<3 {
                            try await client.send(Self.get)
                            let answer = try await client.response()
                            guard answer.hasPrefix("HTTP/1.1 200") else { throw TestFailure(answer) }
                            answered += 1
                            if answer.contains("connection: close") { break }
                        }
                    }
                    return answered
                }
            }
            return try await group.reduce(0, +)
        }
        for _ in 0..<20 {
            let next = try Self.server([.get("/", "x")])
            try await next.start(listeners: [dup(descriptor)])
            let before = next.figures.responses[1]
            current.drain()
            await current.drained()
            try await poll("traffic") { next.figures.responses[1] > before }
            current = next
        }
        isDone.set()
        #expect(try await load > 100)
        await current.shutdown()
    }
}
