import Contracts
import Frames
import Glibc
import NIOCore
import Reactor
import Testing

@testable import Link

@Suite struct PeerTests {
    private static func options(_ change: (inout LinkConnection.Limits) -> Void) -> TestServer.Options {
        var options = TestServer.Options()
        change(&options.limits)
        return options
    }

    @Test("a peer that never says HELLO is told and closed")
    func noHello() async throws {
        try await TestServer.with(Self.options { $0.hello = .milliseconds(50) }) { server in
            let peer = try RawPeer(path: server.path)
            _ = try await peer.next(.hello, WireHello.self)
            let goAway = try await peer.next(.goAway, WireGoAway.self)
            #expect(goAway.code == .protocolViolation && goAway.text.contains("no HELLO"))
            #expect(try await peer.next() == nil)
            #expect(server.listener.openConnections == 0)
        }
    }

    @Test("a peer of another version is told and closed")
    func version() async throws {
        try await TestServer.with { server in
            let peer = try RawPeer(path: server.path)
            var hello = SessionConfiguration(role: "other").hello
            hello.protocolMajor += 1
            try await peer.send(try .frame(.hello, hello))
            _ = try await peer.next(.hello, WireHello.self)
            #expect(try await peer.next(.goAway, WireGoAway.self).code == .version)
            #expect(try await peer.next() == nil)
        }
    }

    @Test("a peer that breaks the protocol is told why and closed, the others stay")
    func violation() async throws {
        try await TestServer.with { server in
            let client = server.client()
            _ = try await server.ping(client)
            let peer = try RawPeer(path: server.path)
            try await peer.greet()
            try await peer.send(ByteBuffer(bytes: [0, 0, 0, 6, 99]))
            let goAway = try await peer.next(.goAway, WireGoAway.self)
            #expect(goAway.code == .protocolViolation && goAway.text == "unknown frame type 99")
            #expect(try await peer.next() == nil)
            #expect(try await server.ping(client) == "hello" && server.listener.openConnections == 1)
        }
    }

    @Test("a silent peer is asked for a sign of life and closed when it gives none; one that answers stays")
    func silent() async throws {
        try await TestServer.with(Self.options { $0.keepAlive = .seconds(2) }) { server in
            // Answers on a thread of its own, however busy the others are.
            let answering = try await ChannelClient.connect(server.path)
            let peer = try RawPeer(path: server.path)
            try await peer.greet()
            let last = try await peer.readToEnd()
            #expect(last.map(\.type) == [.ping] && last.first?.payload.readableBytes == 8)
            #expect(server.listener.openConnections == 1 && !answering.isUnusable.isSet)
            try await answering.channel.close()
        }
    }

    @Test("a peer that closes one half is gone, and its calls are cancelled")
    func halfOpen() async throws {
        try await TestServer.with { server in
            let witness = Witness()
            server.router.unary(Methods.tags) { _, _ in
                try await witness.hang()
                return OllamaJsonReply()
            }
            let peer = try RawPeer(path: server.path)
            try await peer.greet()
            try await peer.send(try .open("ollama.tags", stream: 1))
            try await poll("call") { witness.isRunning }
            peer.finishSending()
            #expect(try await peer.next() == nil)
            try await poll("cancellation") { witness.isCancelled && server.router.inFlight == 0 }
            #expect(server.listener.openConnections == 0)
        }
    }

    @Test("a peer that asks and does not read is cut off at the limit of outbound bytes")
    func doesNotRead() async throws {
        try await TestServer.with(Self.options { $0.outbound = 200_000 }) { server in
            let peer = try RawPeer(path: server.path)
            try await peer.send(try .hello())
            var calls = ByteBuffer()
            for stream in stride(from: UInt32(1), to: 200_001, by: 2) {
                calls.writeImmutableBuffer(try .open("none", stream: stream))
            }
            try await peer.flood(calls)
            try await poll("end of the connection") { server.listener.openConnections == 0 }
        }
    }

    @Test("while a peer does not read, the loop serves the others")
    func othersAreServed() async throws {
        try await TestServer.with { server in
            let peer = try RawPeer(path: server.path)
            try await peer.send(try .hello())
            // More replies than a socket holds, then silence.
            var calls = ByteBuffer()
            for stream in stride(from: UInt32(1), to: 20_001, by: 2) {
                calls.writeImmutableBuffer(try .open("none", stream: stream))
            }
            try await peer.send(calls)
            let client = server.client()
            for _ in 0..<100 { #expect(try await server.ping(client) == "hello") }
            #expect(server.listener.openConnections == 2)
            // Nothing was lost.
            var ends = 0
            while ends < 10_000 { if try await peer.next()?.type == .end { ends += 1 } }
        }
    }

    @Test("a stream whose reader takes nothing gets one window of bytes, and its writer waits")
    func window() async throws {
        try await TestServer.with { server in
            let writer = Writer(total: 1 << 20)
            server.router.stream("test.stream") { writer.serve($0) }
            let peer = try RawPeer(path: server.path)
            try await peer.greet(window: 10_000)
            try await peer.send(try .open("test.stream", stream: 1))
            var received = 0
            while received < 10_000 { received += try await peer.next()?.payload.readableBytes ?? 10_001 }
            #expect(received == 10_000)
            #expect(writer.sent <= 10_000 + Writer.piece)
            try await peer.send(.window(1 << 20, stream: 1))
            while let frame = try await peer.next(), frame.type == .data { received += frame.payload.readableBytes }
            #expect(received == 1 << 20 && writer.sent == 1 << 20)
        }
    }

    @Test("one peer more than the maximum is told and closed; when one leaves another comes in")
    func maximumConnections() async throws {
        var options = TestServer.Options()
        options.maximumConnections = 2
        try await TestServer.with(options) { server in
            var refused: [String] = []
            server.listener.onRefused = { refused.append($1) }
            let first = try RawPeer(path: server.path)
            try await first.greet()
            var second: RawPeer? = try RawPeer(path: server.path)
            try await second?.greet()
            let third = server.client()
            let error = await #expect(throws: LinkError.self) { try await server.ping(third) }
            #expect(error?.code == .resourceExhausted && error?.isSafeToRetry == true)
            #expect(refused == ["2 peers are connected"])
            second = nil
            try await poll("room") { server.listener.openConnections == 1 }
            #expect(try await server.ping(third) == "hello")
        }
    }
}

/// Sends `total` bytes in pieces, as fast as its stream takes them.
@ReactorActor
final class Writer: LinkStreamHandler {
    static let piece = 1000
    private let total: Int
    private(set) var sent = 0

    init(total: Int) { self.total = total }

    func serve(_ stream: LinkStream) {
        stream.handler = self
        linkWritable(on: stream)
    }

    func linkWritable(on stream: LinkStream) {
        while sent < total {
            let count = min(Self.piece, total - sent)
            sent += count
            if !stream.send(.zeros(count)) { break }
        }
        if sent == total { stream.end(WireEnd()) }
    }

    func linkReset(_ error: LinkError, on stream: LinkStream) {}
}
