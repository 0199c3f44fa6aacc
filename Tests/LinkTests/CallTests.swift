import Contracts
import Glibc
import NIOCore
import Reactor
import Testing

@testable import Link

@Suite @ReactorActor struct CallTests {
    @Test("a unary call gets its reply, many at a time over one connection")
    func unary() async throws {
        try await TestServer.with { server in
            let client = server.client()
            #expect(try await server.ping(client) == "hello")
            try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for index in 0..<200 {
                    group.addTask { (index, try await server.ping(client, "text \(index)")) }
                }
                for try await (index, text) in group { #expect(text == "text \(index)") }
            }
            #expect(server.listener.openConnections == 1 && server.listener.openStreams == 0)
            #expect(server.router.inFlight == 0)
        }
    }

    @Test("a call's implementation sees the request id and who asks")
    func context() async throws {
        try await TestServer.with { server in
            server.router.unary(Methods.tags) { _, context in
                #expect(context.requestID == "abc" && context.principal == nil)
                #expect(context.peer == PeerCredentials(pid: getpid(), uid: geteuid(), gid: getegid()))
                return OllamaJsonReply()
            }
            _ = try await server.client().call(Methods.tags, OllamaListRequest(), requestID: "abc")
        }
    }

    @Test("an unknown method is answered with the names of the known ones")
    func unknownMethod() async throws {
        try await TestServer.with { server in
            server.router.stream("test.stream") { _ in }
            let error = await #expect(throws: LinkError.self) {
                try await server.client().call(Methods.status, ControlStatusRequest())
            }
            #expect(error?.code == .unimplemented)
            #expect(error?.text == "no method \"control.status\" here; there are: daemon.ping, test.stream")
        }
    }

    @Test("what a call throws reaches the caller: a LinkError as it is, anything else as internal")
    func errors() async throws {
        try await TestServer.with { server in
            server.router.unary(Methods.tags) { _, _ in throw LinkError(.notFound, "no such thing") }
            server.router.unary(Methods.loadedModels) { _, _ in throw TestFailure("surprise") }
            let client = server.client()
            await #expect(throws: LinkError(.notFound, "no such thing")) {
                try await client.call(Methods.tags, OllamaListRequest())
            }
            await #expect(throws: LinkError(.internal, "surprise")) {
                try await client.call(Methods.loadedModels, OllamaListRequest())
            }
        }
    }

    @Test("a message that is not the method's, or fits no frame, fails its call only")
    func badMessages() async throws {
        try await TestServer.with { server in
            let client = server.client()
            let connection = try client.connection()
            let error = await #expect(throws: LinkError.self) {
                try await connection.call(name: "daemon.ping", message: [0xff], timeout: .seconds(20))
            }
            #expect(error?.code == .invalidArgument)
            let long = await #expect(throws: LinkError.self) {
                try await server.ping(client, String(repeating: "x", count: 1 << 20))
            }
            #expect(long?.code == .resourceExhausted)
            #expect(try await server.ping(client) == "hello")
        }
    }

    @Test(
        "a reply of any length comes whole, one that is far too long fails its call only",
        arguments: [0, 524_287, 3_000_000])
    func longReplies(_ count: Int) async throws {
        try await TestServer.with { server in
            server.router.unary(Methods.tags) { _, _ in
                var reply = OllamaJsonReply()
                reply.json = .init(repeating: 120, count: count)
                reply.status = 200
                return reply
            }
            server.router.unary(Methods.loadedModels) { _, _ in
                var reply = OllamaJsonReply()
                reply.json = .init(repeating: 120, count: LinkProtocol.longestReply + 1)
                return reply
            }
            let client = server.client()
            let reply = try await client.call(Methods.tags, OllamaListRequest())
            #expect(reply.status == 200 && reply.json.count == count)
            let error = await #expect(throws: LinkError.self) {
                try await client.call(Methods.loadedModels, OllamaListRequest())
            }
            #expect(error?.code == .resourceExhausted)
            #expect(try await server.ping(client) == "hello")
        }
    }

    @Test("when the caller's time is over both sides give up", arguments: [Duration.milliseconds(50), .zero])
    func deadline(_ timeout: Duration) async throws {
        try await TestServer.with { server in
            let witness = Witness()
            server.router.unary(Methods.tags) { _, _ in
                try await witness.hang()
                return OllamaJsonReply()
            }
            let client = server.client()
            let error = await #expect(throws: LinkError.self) {
                try await client.call(Methods.tags, OllamaListRequest(), timeout: timeout)
            }
            #expect(error?.code == .deadlineExceeded && error?.isSafeToRetry == false)
            try await poll("end of the call") { !witness.isRunning || witness.isCancelled }
            try await poll("end of the stream") { server.listener.openStreams + server.router.inFlight == 0 }
            #expect(try await server.ping(client) == "hello")
        }
    }

    @Test("a caller's task that is cancelled gets its error at once, and the handler is cancelled")
    func cancellation() async throws {
        try await TestServer.with { server in
            let witness = Witness()
            server.router.unary(Methods.tags) { _, _ in
                try await witness.hang()
                return OllamaJsonReply()
            }
            let client = server.client()
            let call = Task { try await client.call(Methods.tags, OllamaListRequest(), timeout: .seconds(60)) }
            try await poll("handler") { witness.isRunning }
            call.cancel()
            let error = await #expect(throws: LinkError.self) { try await call.value }
            #expect(error?.code == .cancelled)
            try await poll("cancellation") { witness.isCancelled }
            try await poll("end of the stream") { server.listener.openStreams + server.router.inFlight == 0 }
        }
    }

    @Test("when the caller's connection is lost the handler is cancelled, and the caller told")
    func connectionLoss() async throws {
        try await TestServer.with { server in
            let witness = Witness()
            server.router.unary(Methods.tags) { _, _ in
                try await witness.hang()
                return OllamaJsonReply()
            }
            let client = server.client()
            let call = Task { try await client.call(Methods.tags, OllamaListRequest(), timeout: .seconds(60)) }
            try await poll("handler") { witness.isRunning }
            client.close()
            let error = await #expect(throws: LinkError.self) { try await call.value }
            #expect(error?.code == .unavailable && error?.isSafeToRetry == false)
            try await poll("cancellation") { witness.isCancelled }
            #expect(try await server.ping(client) == "hello", "the client connects anew")
        }
    }

    @Test("nobody listening is an error that is safe to retry; a path that is too long is not")
    func noServer() async throws {
        let directory = try TemporaryDirectory()
        let tooLong = String(repeating: "x", count: 108)
        for (path, code) in [(directory.socket, WireCode.unavailable), (tooLong, .invalidArgument)] {
            let client = LinkClient(path: path, configuration: SessionConfiguration(role: "client"))
            let error = await #expect(throws: LinkError.self) { try await client.call(Methods.ping, ControlPing()) }
            #expect(error?.code == code && error?.isSafeToRetry == (code == .unavailable))
        }
    }
}
