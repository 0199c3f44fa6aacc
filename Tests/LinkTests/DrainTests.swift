import Contracts
import Frames
import Glibc
import NIOCore
import Reactor
import Testing

@testable import Link

@Suite struct DrainTests {
    @Test("a drain with nobody connected is over at once, and nothing is accepted any more")
    func nobody() async throws {
        try await TestServer.with { server in
            var isDrained = false
            server.listener.onDrained = { isDrained = true }
            server.listener.drain()
            #expect(isDrained)
        }
    }

    @Test("a drain lets calls finish, then the client closes and the drain is over")
    func callsFinish() async throws {
        try await TestServer.with { server in
            let gate = Gate()
            server.router.unary(Methods.tags) { _, _ in
                await gate.pass()
                return OllamaJsonReply()
            }
            let client = server.client()
            let call = Task { try await client.call(Methods.tags, OllamaListRequest()) }
            try await poll("call") { gate.waiters == 1 }
            var isDrained = false
            server.listener.onDrained = { isDrained = true }
            server.listener.drain()
            try await poll("GOAWAY") { try self.isElsewhere(client, than: server) }
            #expect(!isDrained && server.listener.openConnections == 1)
            gate.open()
            _ = try await call.value
            try await poll("end of the drain") { isDrained }
            #expect(server.listener.openConnections == 0)
        }
    }

    /// The client's next call would use another connection.
    @ReactorActor
    private func isElsewhere(_ client: LinkClient, than server: TestServer) throws -> Bool {
        let before = server.listener.openConnections
        return try client.connection().peerHello == nil && before == 1
    }

    @Test("after a hand-over the client's calls go to the successor, and the old connection ends by itself")
    func handOver() async throws {
        try await TestServer.with { server in
            let gate = Gate()
            server.router.unary(Methods.tags) { _, _ in
                await gate.pass()
                return OllamaJsonReply()
            }
            let client = server.client()
            let old = Task { try await client.call(Methods.tags, OllamaListRequest()) }
            try await poll("call") { gate.waiters == 1 }
            let successor = LinkListener(
                fd: dup(server.spare), configuration: SessionConfiguration(role: "successor"), service: server.router,
                policy: PeerPolicy())
            successor.start()
            server.listener.drain()
            try await poll("change of connection") {
                do {
                    _ = try await server.ping(client)
                } catch let error as LinkError where error.isSafeToRetry {
                    // It has crossed GOAWAY.
                }
                return successor.openConnections == 1
            }
            #expect(server.listener.openStreams == 1)
            gate.open()
            _ = try await old.value
            try await poll("end of the old connection") { server.listener.openConnections == 0 }
            #expect(try await server.ping(client) == "hello")
            successor.closeAll()
        }
    }

    @Test("a stream opened after GOAWAY is refused, one before it is served to its end")
    func refused() async throws {
        try await TestServer.with { server in
            let gate = Gate()
            server.router.unary(Methods.tags) { _, _ in
                await gate.pass()
                return OllamaJsonReply()
            }
            let peer = try RawPeer(path: server.path)
            try await peer.greet()
            try await peer.send(try .open("ollama.tags", stream: 1))
            try await poll("call") { gate.waiters == 1 }
            server.listener.drain()
            #expect(try await peer.next(.goAway, WireGoAway.self).lastStream == 1)
            try await peer.send(try .open("daemon.ping", stream: 3))
            #expect(try await peer.next(.reset, WireReset.self).code == .draining)
            gate.open()
            #expect(try await peer.next(.end, WireEnd.self).code == .ok)
            // This peer does not close; the server does, a little later.
            #expect(try await peer.next() == nil && server.listener.openConnections == 0)
        }
    }

    @Test("a drain is over when an END that waited for credit has gone")
    func waitingEnd() async throws {
        try await TestServer.with { server in
            server.router.stream("test.stream") { stream in
                stream.send(.zeros(1500))
                stream.end(WireEnd())
            }
            let peer = try RawPeer(path: server.path)
            try await peer.greet(window: 1000)
            try await peer.send(try .open("test.stream", stream: 1))
            #expect(try await peer.next()?.payload.readableBytes == 1000)
            server.listener.drain()
            _ = try await peer.next(.goAway, WireGoAway.self)
            #expect(server.listener.openStreams == 1)
            try await peer.send(.window(1000, stream: 1))
            #expect(try await peer.next()?.payload.readableBytes == 500)
            _ = try await peer.next(.end, WireEnd.self)
            #expect(try await peer.next() == nil && server.listener.openConnections == 0)
        }
    }

    @Test("closing all at once fails what is under way and cancels its handlers")
    func closeAll() async throws {
        try await TestServer.with { server in
            let witness = Witness()
            server.router.unary(Methods.tags) { _, _ in
                try await witness.hang()
                return OllamaJsonReply()
            }
            let client = server.client()
            let call = Task { try await client.call(Methods.tags, OllamaListRequest()) }
            try await poll("call") { witness.isRunning }
            server.listener.closeAll()
            let error = await #expect(throws: LinkError.self) { try await call.value }
            #expect(error?.code == .unavailable && error?.isSafeToRetry == false)
            try await poll("cancellation") { witness.isCancelled }
            #expect(server.listener.openConnections == 0)
        }
    }
}
