import Contracts
import Glibc
import NIOCore
import NIOPosix
import Reactor
import Testing

@testable import Link

@Suite struct ChannelTests {
    private static let head: WireHead = {
        var head = WireHead()
        head.status = 200
        return head
    }()

    @Test("an exchange: HEAD, DATA beyond the window, END, each turn closed by its end")
    func exchange() async throws {
        try await TestServer.with { server in
            server.router.stream("test.stream") { stream in
                stream.sendHead(Self.head)
                Writer(total: 500_000).serve(stream)
            }
            let client = try await ChannelClient.connect(server.path, window: 10_000)
            let (_, recorder) = try await client.open("test.stream")
            try await poll("end") { recorder.isOver && recorder.all.last == .turnEnd }
            #expect(recorder.events.first == .head(200) && recorder.events.last == .end(.ok))
            #expect(recorder.bytes == 500_000)
            #expect(try await client.run { $0.openStreams } == 0 && server.listener.openStreams == 0)
            try await client.channel.close()
        }
    }

    @Test("a body goes to the peer behind its OPEN, whole, though longer than the window")
    func body() async throws {
        try await TestServer.with { server in
            server.router.stream("test.echo") { $0.handler = Echo() }
            let client = try await ChannelClient.connect(server.path)
            let (_, recorder) = try await client.open("test.echo", body: .zeros(300_000))
            try await poll("end") { recorder.isOver }
            #expect(recorder.bytes == 300_000 && recorder.events.last == .end(.ok))
            try await client.channel.close()
        }
    }

    @Test("a handler that does not consume gets one window, and the others their all")
    func slow() async throws {
        try await TestServer.with { server in
            server.router.stream("test.stream") { Writer(total: 200_000).serve($0) }
            let client = try await ChannelClient.connect(server.path, window: 10_000)
            let slow = ChannelRecorder()
            let stream = try await client.run { try $0.open(.named("test.stream"), handler: slow) }
            let (_, quick) = try await client.open("test.stream")
            try await poll("end of the other") { quick.isOver }
            #expect(quick.bytes == 200_000 && slow.bytes == 10_000)
            try await client.run { $0.consumed(10_000, on: stream) }
            try await poll("more") { slow.bytes == 20_000 }
            try await client.channel.close()
        }
    }

    @Test("a stream that the client resets is cancelled at the server, and hears nothing more")
    func resetByClient() async throws {
        try await TestServer.with { server in
            let witness = Witness()
            server.router.unary(Methods.tags) { _, _ in
                try await witness.hang()
                return OllamaJsonReply()
            }
            let client = try await ChannelClient.connect(server.path)
            let (stream, recorder) = try await client.open("ollama.tags")
            try await poll("call") { witness.isRunning }
            try await client.run { $0.reset(stream) }
            try await poll("cancellation") { witness.isCancelled && server.listener.openStreams == 0 }
            #expect(recorder.all.isEmpty)
            #expect(try await client.run { $0.openStreams } == 0)
            try await client.channel.close()
        }
    }

    @Test("a stream that the server resets is told with its code")
    func resetByServer() async throws {
        try await TestServer.with { server in
            server.router.stream("test.stream") { $0.reset(.internal, "broken") }
            let client = try await ChannelClient.connect(server.path)
            let (_, recorder) = try await client.open("test.stream")
            try await poll("reset") { recorder.isOver }
            #expect(recorder.events == [.reset(.internal, isSafeToRetry: false)])
            try await client.channel.close()
        }
    }

    @Test("the loss of the connection is told to every stream, and to whoever opens new ones")
    func loss() async throws {
        try await TestServer.with { server in
            server.router.stream("test.stream") { $0.sendHead(Self.head) }
            let client = try await ChannelClient.connect(server.path)
            let (_, first) = try await client.open("test.stream")
            let (_, second) = try await client.open("test.stream")
            try await poll("heads") { first.events == [.head(200)] && second.events == [.head(200)] }
            server.listener.closeAll()
            try await client.channel.closeFuture.get()
            for recorder in [first, second] {
                #expect(recorder.events.last == .reset(.unavailable, isSafeToRetry: false))
            }
            #expect(client.isUnusable.isSet)
            let error = await #expect(throws: LinkError.self) { try await client.open("test.stream") }
            #expect(error?.code == .unavailable && error?.isSafeToRetry == true)
        }
    }

    @Test("a peer that breaks the protocol ends the connection and every stream")
    func violation() async throws {
        let directory = try TemporaryDirectory()
        let listener = try await Self.listen(directory.socket)
        let client = try await ChannelClient.connect(directory.socket)
        let peer = RawPeer(descriptor: accept(listener, nil, nil))
        close(listener)
        let (_, recorder) = try await client.open("test.stream")
        try await peer.send(try .hello() + .hello())
        try await client.channel.closeFuture.get()
        #expect(recorder.events == [.reset(.protocolViolation, isSafeToRetry: false)])
        let last = try await peer.readToEnd().last
        #expect(last?.type == .goAway)
    }

    @ReactorActor
    private static func listen(_ path: String) throws -> CInt {
        let fd = try UnixSocket.listen(path, mode: 0o600, group: nil)
        _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK)
        return fd
    }

    @Test("GOAWAY lets open streams finish, takes no new ones, and then the client closes")
    func drain() async throws {
        try await TestServer.with { server in
            let gate = Gate()
            server.router.unary(Methods.tags) { _, _ in
                await gate.pass()
                return OllamaJsonReply()
            }
            let client = try await ChannelClient.connect(server.path)
            let (_, recorder) = try await client.open("ollama.tags")
            try await poll("call") { gate.waiters == 1 }
            server.listener.drain()
            try await poll("GOAWAY") { client.isUnusable.isSet }
            let error = await #expect(throws: LinkError.self) { try await client.open("ollama.tags") }
            #expect(error?.isSafeToRetry == true && recorder.events.isEmpty)
            gate.open()
            try await client.channel.closeFuture.get()
            #expect(recorder.events == [.end(.ok)])
            try await poll("end of the drain") { server.listener.openConnections == 0 }
        }
    }
}
