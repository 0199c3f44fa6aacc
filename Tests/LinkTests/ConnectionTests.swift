import CLinux
import Contracts
import Glibc
import NIOCore
import Reactor
import Testing

@testable import Link

/// Two connections over a socket pair, as the supervisor's control channels are: both sides serve.
@Suite @ReactorActor struct ConnectionTests {
    private struct Ends {
        var left: LinkConnection
        var right: LinkConnection
    }

    private static func service(_ name: String) -> LinkRouter {
        let router = LinkRouter()
        router.unary(Methods.ping) { request, _ in
            var reply = ControlPong()
            reply.text = "\(name): \(request.text)"
            return reply
        }
        return router
    }

    private static func descriptors() throws -> (CInt, CInt) {
        var pair: [CInt] = [-1, -1]
        guard martlet_socketpair(&pair) == 0 else { throw TestFailure("socketpair: \(errno)") }
        return (pair[0], pair[1])
    }

    private func withEnds(_ body: (Ends) async throws -> Void) async throws {
        let (left, right) = try Self.descriptors()
        let ends = Ends(
            left: LinkConnection(
                fd: left, side: .initiator, configuration: SessionConfiguration(role: "left"),
                service: Self.service("left")),
            right: LinkConnection(
                fd: right, side: .acceptor, configuration: SessionConfiguration(role: "right"),
                service: Self.service("right")))
        ends.left.start()
        ends.right.start()
        defer {
            ends.left.close(nil)
            ends.right.close(nil)
        }
        try await body(ends)
    }

    private func ping(_ connection: LinkConnection) async throws -> String {
        var request = ControlPing()
        request.text = "x"
        return try await connection.call(Methods.ping, request).text
    }

    @Test("both sides call each other over one connection")
    func bothWays() async throws {
        try await withEnds { ends in
            for _ in 0..<50 {
                let fromLeft = Task { try await self.ping(ends.right) }
                let fromRight = try await self.ping(ends.left)
                #expect(fromRight == "right: x")
                #expect(try await fromLeft.value == "left: x")
            }
            #expect(ends.left.peerHello?.role == "right" && ends.right.peerHello?.role == "left")
        }
    }

    @Test("a side that serves nothing resets what is opened")
    func noService() async throws {
        let (left, right) = try Self.descriptors()
        let caller = LinkConnection(fd: left, side: .initiator, configuration: SessionConfiguration(role: "left"))
        let mute = LinkConnection(fd: right, side: .acceptor, configuration: SessionConfiguration(role: "right"))
        caller.start()
        mute.start()
        let error = await #expect(throws: LinkError.self) { try await self.ping(caller) }
        #expect(error?.code == .unimplemented)
        caller.close(nil)
        mute.close(nil)
    }

    @Test("the end of a connection is reported once on each side: here by its reason, there as a loss")
    func close() async throws {
        try await withEnds { ends in
            _ = try await self.ping(ends.left)
            var left: [LinkError?] = []
            var right: [LinkError?] = []
            ends.left.onClose = { left.append($0) }
            ends.right.onClose = { right.append($0) }
            ends.left.close(nil)
            ends.left.close(LinkError(.internal, "again"))
            try await poll("end on the other side") { ends.right.isClosed }
            #expect(left == [nil] && right.map { $0?.code } == [.unavailable])
            let error = await #expect(throws: LinkError.self) { try await self.ping(ends.left) }
            #expect(error?.code == .unavailable && error?.isSafeToRetry == true)
        }
    }

    @Test("a connection that nobody holds goes on until it is closed, then it is gone")
    func held() async throws {
        let (left, right) = try Self.descriptors()
        let caller = LinkConnection(fd: left, side: .initiator, configuration: SessionConfiguration(role: "left"))
        caller.start()
        weak var dropped: LinkConnection?
        do {
            let other = LinkConnection(
                fd: right, side: .acceptor, configuration: SessionConfiguration(role: "right"),
                service: Self.service("right"))
            other.start()
            dropped = other
        }
        #expect(try await ping(caller) == "right: x")
        caller.close(nil)
        try await poll("end of the dropped one") { dropped == nil }
    }

    @Test("a connection goes on in another object after detach, and its open calls fail")
    func detach() async throws {
        try await withEnds { ends in
            _ = try await self.ping(ends.left)
            let witness = Witness()
            let router = Self.service("successor")
            router.unary(Methods.tags) { _, _ in
                try await witness.hang()
                return OllamaJsonReply()
            }
            let (fd, snapshot) = try #require(ends.right.detach())
            #expect(ends.right.isClosed && ends.right.detach() == nil)
            let session = try Session<LinkStream>(
                resuming: snapshot, configuration: SessionConfiguration(role: "right"))
            let successor = LinkConnection(fd: fd, resuming: session, service: router)
            successor.start()
            #expect(try await self.ping(ends.left) == "successor: x")
            #expect(try await self.ping(successor) == "left: x")
            let call = Task { try await ends.left.call(Methods.tags, OllamaListRequest()) }
            try await poll("call") { witness.isRunning }
            let (again, second) = try #require(successor.detach())
            let third = LinkConnection(
                fd: again,
                resuming: try Session(resuming: second, configuration: SessionConfiguration(role: "right")),
                service: router)
            third.start()
            let error = await #expect(throws: LinkError.self) { try await call.value }
            #expect(error?.code == .unavailable)
            third.close(nil)
        }
    }

    @Test("streams both ways: what is sent comes back, whole and in order, with HEAD before and END after")
    func streams() async throws {
        try await withEnds { _ in
            let (left, right) = try Self.descriptors()
            let router = LinkRouter()
            router.stream("test.echo") { $0.handler = Echo() }
            let server = LinkConnection(
                fd: right, side: .acceptor, configuration: SessionConfiguration(role: "right", window: 5000),
                service: router)
            let caller = LinkConnection(
                fd: left, side: .initiator, configuration: SessionConfiguration(role: "left", window: 3000))
            server.start()
            caller.start()
            let sender = Sender(total: 100_000)
            sender.start(try caller.open(.named("test.echo"), finished: false, handler: sender))
            try await poll("END") { sender.end != nil }
            #expect(sender.status == 200 && sender.end?.code == .ok)
            #expect(sender.received == Sender.bytes(0..<100_000))
            #expect(caller.openStreams + server.openStreams == 0)
            caller.close(nil)
            server.close(nil)
        }
    }
}
