import Contracts
import Foundation
import NIOCore
import Testing

@testable import Link

@Suite struct SnapshotTests {
    /// What goes through the memory file of a re-execution.
    private static func resumed(_ snapshot: SessionSnapshot) throws -> Session<String> {
        let copy = try JSONDecoder().decode(SessionSnapshot.self, from: JSONEncoder().encode(snapshot))
        #expect(copy == snapshot)
        return try Session(resuming: copy, configuration: SessionConfiguration(role: "server"))
    }

    @Test("a session goes on in the middle of a frame, wherever it was cut")
    func everyCut() throws {
        var pair = try Pair.greeted()
        _ = try pair.open("call", finished: false)
        pair.caller.send(.zeros(20), on: 1)
        pair.caller.ping(7)
        let bytes = Array(pair.caller.takeOutbound().readableBytesView)
        for cut in 0...bytes.count {
            var server = pair.server
            let before = try server.take(ByteBuffer(bytes: bytes[..<cut]))
            var after = try Self.resumed(server.snapshot())
            let seen = try after.take(ByteBuffer(bytes: bytes[cut...]))
            // The stream is reset if it was open before, and whole if its OPEN came after.
            let opened = Seen.opened(1, method: "call", finished: false)
            #expect(before.contains(opened) != seen.contains(opened))
            #expect(after.takeFrames().contains { $0.type == .pong })
        }
    }

    @Test("open streams are reset, so that their callers know")
    func streamsAreReset() throws {
        var pair = try Pair.greeted()
        _ = try pair.open("call", finished: false)
        _ = try pair.server.open(.named("own"), finished: true, handler: "own")
        _ = try pair.exchange()
        pair.server = try Self.resumed(pair.server.snapshot())
        let seen = try pair.exchange()
        #expect(seen.caller.count == 2 && seen.caller.contains(.reset("call", .unavailable)))
        #expect(seen.server.isEmpty && pair.caller.openStreams == 0)
    }

    @Test("numbers go on where they were, and late frames of the old streams are ignored")
    func numbers() throws {
        var pair = try Pair.greeted()
        _ = try pair.open("call", finished: false)
        _ = try pair.server.open(.named("own"), finished: true, handler: "own")
        _ = try pair.exchange()
        pair.caller.send(.zeros(5), on: 1)
        pair.caller.end(WireEnd(), on: 2)
        pair.server = try Self.resumed(pair.server.snapshot())
        #expect(try pair.exchange().server.isEmpty)
        #expect(try pair.server.open(.named("next"), finished: true, handler: "next") == 4)
        #expect(try pair.open("again") == 3)
        let seen = try pair.exchange()
        #expect(seen.caller == [.opened(4, method: "next", finished: true)])
        #expect(seen.server == [.opened(3, method: "again", finished: true)])
    }

    @Test("what was not written yet is written after, and HELLO is not said again")
    func outbound() throws {
        var pair = Pair()
        pair.server = try Self.resumed(pair.server.snapshot())
        let seen = try pair.exchange()
        #expect(seen.caller == [.hello(role: "server")] && seen.server == [.hello(role: "caller")])
        pair.server = try Self.resumed(pair.server.snapshot())
        #expect(pair.server.outbound.readableBytes == 0)
        #expect(pair.server.peerHello == pair.caller.configuration.hello)
    }

    @Test("a snapshot that is none is an error")
    func damaged() throws {
        var pair = try Pair.greeted()
        var snapshot = pair.server.snapshot()
        snapshot.peerHello = [0xff]
        #expect(throws: (any Error).self) { try Self.resumed(snapshot) }
    }
}
