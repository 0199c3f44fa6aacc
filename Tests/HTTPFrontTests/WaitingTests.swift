import HTTPFront
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Handlers that wait on the connection's event loop.
@Suite struct WaitingTests {
    @Test("a handler that waits is on the event loop before and after, and answers as one in a task of its own")
    func onTheLoop() async throws {
        let loops = Mutex<[Bool]>([])
        @Sendable func note() { loops.withLock { $0.append(MultiThreadedEventLoopGroup.currentEventLoop != nil) } }
        let route: HTTPRoute<String> = .waiting(.POST, "/") { request in
            note()
            try await Task.sleep(for: .milliseconds(1))
            note()
            return echo(request)
        }
        try await TestServer.with([route]) { test in
            let answer = try await test.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
            #expect(answer.hasSuffix("POST / hi"))
        }
        #expect(loops.withLock { $0 } == [true, true])
    }

    @Test("what it throws is its answer, or 500")
    func errors() async throws {
        struct Mine: Error {}
        let routes: [HTTPRoute<String>] = [
            .waiting(.GET, "/refused") { _ in throw HTTPError(.conflict, "no") },
            .waiting(.GET, "/broken") { _ in throw Mine() },
        ]
        try await TestServer.with(routes) { test in
            for (path, status) in [("/refused", "409"), ("/broken", "500")] {
                let answer = try await test.ask("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }

    @Test("it is cancelled when its client is gone", arguments: ClientGoneTests.Leaving.allCases)
    func cancelled(_ how: ClientGoneTests.Leaving) async throws {
        let witness = ClientGoneTests.Witness()
        let route: HTTPRoute<String> = .waiting(.GET, "/") { _ in
            witness.start()
            defer { witness.leave() }
            try await Task.sleep(for: .seconds(60))
            return HTTPResponse()
        }
        try await ClientGoneTests.measure(route, witness, how, behind: "")
    }

    @Test("many that wait at once on few loops are all answered")
    func many() async throws {
        let route: HTTPRoute<String> = .waiting(.GET, "/") { request in
            try await Task.sleep(for: .milliseconds(20))
            return echo(request)
        }
        try await TestServer.with([route]) { test in
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await test.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 50 && answers.allSatisfy { $0.hasPrefix("HTTP/1.1 200 ") })
        }
    }
}
