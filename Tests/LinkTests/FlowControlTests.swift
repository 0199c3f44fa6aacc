import Contracts
import Frames
import NIOCore
import Testing

@testable import Link

@Suite struct FlowControlTests {
    private static let window: UInt32 = 1000

    private static func streaming(_ count: Int = 1) throws -> Pair {
        var pair = try Pair.greeted(window: window)
        for index in 0..<count { _ = try pair.open("stream \(index)", finished: false) }
        _ = try pair.exchange()
        return pair
    }

    private static func bytes(_ seen: [Seen], of handler: String) -> Int {
        seen.reduce(0) { sum, event in
            if case .data(handler, let bytes, _) = event { sum + bytes } else { sum }
        }
    }

    @Test("no more than the window is sent until the reader has consumed; then the writer hears of it")
    func credit() throws {
        var pair = try Self.streaming()
        #expect(pair.caller.send(.zeros(600), on: 1) == true)
        #expect(pair.caller.send(.zeros(600), on: 1) == false)
        #expect(pair.caller.waitingBytes(1) == 200)
        #expect(Self.bytes(try pair.exchange().server, of: "served 1") == 1000)
        pair.server.consumed(499, on: 1)
        let none = try pair.exchange()
        #expect(none.caller.isEmpty && none.server.isEmpty, "less than half a window is not given back yet")
        pair.server.consumed(1, on: 1)
        let seen = try pair.exchange()
        #expect(seen.caller == [.writable("stream 0")])
        #expect(Self.bytes(seen.server, of: "served 1") == 200 && pair.caller.waitingBytes(1) == 0)
        #expect(pair.caller.send(.zeros(299), on: 1) == true)
    }

    @Test("a write that uses up the credit exactly waits like one beyond it")
    func exactly() throws {
        var pair = try Self.streaming()
        #expect(pair.caller.send(.zeros(1000), on: 1) == false)
        #expect(pair.caller.waitingBytes(1) == 0)
        _ = try pair.exchange()
        pair.server.consumed(1000, on: 1)
        #expect(try pair.exchange().caller == [.writable("stream 0")])
    }

    @Test("a slow reader stops its own stream only")
    func slowReader() throws {
        var pair = try Self.streaming(2)
        pair.caller.send(.zeros(5000), on: 1)
        _ = try pair.exchange()
        for _ in 0..<20 {
            #expect(pair.caller.send(.zeros(400), on: 3) == true)
            let seen = try pair.exchange().server
            #expect(seen == [.data("served 3", bytes: 400, finished: false)])
            pair.server.consumed(400, on: 3)
            _ = try pair.exchange()
        }
        #expect(pair.caller.waitingBytes(1) == 4000)
    }

    @Test("FIN and END come after what waited for credit")
    func tails() throws {
        var pair = try Self.streaming()
        pair.caller.send(.zeros(1500), on: 1)
        pair.caller.finish(1)
        pair.server.send(.zeros(2500), on: 1)
        pair.server.end(WireEnd(), on: 1)
        var seen: (caller: [Seen], server: [Seen]) = ([], [])
        for _ in 0..<8 {
            let now = try pair.exchange()
            seen.caller += now.caller
            seen.server += now.server
            pair.caller.consumed(Self.bytes(now.caller, of: "stream 0"), on: 1)
            pair.server.consumed(500, on: 1)
        }
        #expect(seen.caller.last == .ended("stream 0", .ok, text: ""))
        #expect(Self.bytes(seen.caller, of: "stream 0") == 2500)
        #expect(pair.caller.openStreams == 0 && pair.server.openStreams == 0)
    }

    @Test("a FIN that waited for credit arrives when the reader consumes")
    func finished() throws {
        var pair = try Self.streaming()
        pair.caller.send(.zeros(1500), on: 1)
        pair.caller.finish(1)
        _ = try pair.exchange()
        pair.server.consumed(1000, on: 1)
        let seen = try pair.exchange().server
        #expect(seen == [.data("served 1", bytes: 500, finished: false), .data("served 1", bytes: 0, finished: true)])
    }

    @Test("DATA of a stream opened before the peer's HELLO waits for it and its window", arguments: [100, 300_000])
    func beforeHello(_ window: UInt32) throws {
        var pair = Pair(server: SessionConfiguration(role: "server", window: window))
        _ = try pair.open("early", finished: false)
        #expect(pair.caller.send(.zeros(200_000), on: 1) == false)
        var received = 0
        for _ in 0..<10_000 where received < 200_000 {
            let now = Self.bytes(try pair.exchange().server, of: "served 1")
            #expect(now > 0 && now <= Int(window))
            received += now
            pair.server.consumed(now, on: 1)
        }
        #expect(received == 200_000)
        pair.caller.finish(1)
        #expect(try pair.exchange().server.last == .data("served 1", bytes: 0, finished: true))
    }

    @Test("a writer that was stopped before the peer's HELLO hears when there is room")
    func writableAfterHello() throws {
        var pair = Pair()
        _ = try pair.open("early", finished: false)
        #expect(pair.caller.send(.zeros(1), on: 1) == false)
        #expect(try pair.exchange().caller == [.hello(role: "server"), .writable("early")])
    }

    @Test("DATA for a stream whose END waits is thrown away and given back to its sender")
    func dataAfterEnd() throws {
        var pair = try Self.streaming()
        pair.server.send(.zeros(1500), on: 1)
        pair.server.end(WireEnd(), on: 1)
        pair.caller.send(.zeros(1000), on: 1)
        let seen = try pair.exchange()
        #expect(Self.bytes(seen.server, of: "served 1") == 0)
        #expect(seen.caller.contains(.writable("stream 0")))
    }

    @Test("above the congestion limit every stream is blocked, below half of it each hears again")
    func congestion() throws {
        var pair = Pair(caller: SessionConfiguration(role: "caller", congestionLimit: 10_000))
        _ = try pair.exchange()
        for name in ["a", "b"] { _ = try pair.open(name, finished: false) }
        _ = pair.caller.takeOutbound()
        #expect(pair.caller.send(.zeros(9000), on: 1) == true)
        #expect(pair.caller.send(.zeros(1000), on: 1) == false)
        #expect(pair.caller.send(.zeros(1), on: 3) == false)
        _ = pair.caller.outbound.readSlice(length: 2000)
        pair.caller.drained()
        #expect(try pair.caller.take(ByteBuffer()).isEmpty, "still above half")
        _ = pair.caller.outbound.readSlice(length: 4000)
        pair.caller.drained()
        let seen = try pair.caller.take(ByteBuffer())
        #expect(seen.count == 2 && seen.contains(.writable("a")) && seen.contains(.writable("b")))
        #expect(pair.caller.send(.zeros(1), on: 1) == true)
    }

    @Test("DATA longer than a frame goes in several")
    func longData() throws {
        var pair = try Pair.greeted(window: 4 << 20)
        _ = try pair.open("long", finished: false)
        pair.caller.send(.zeros(3 << 20), on: 1)
        let seen = try pair.exchange().server
        #expect(seen.count == 5 && Self.bytes(seen, of: "served 1") == 3 << 20)
    }
}
