import Contracts
import Frames
import NIOCore
import Testing

@testable import Link

@Suite struct EndingTests {
    @Test("RESET ends a stream at once, from either side")
    func reset() throws {
        var pair = try Pair.greeted()
        for name in ["mine", "theirs"] { _ = try pair.open(name, finished: false) }
        _ = try pair.exchange()
        pair.caller.reset(1, .cancelled)
        pair.server.reset(3, .internal, "broken")
        let seen = try pair.exchange()
        #expect(seen.server == [.reset("served 1", .cancelled)])
        #expect(seen.caller == [.reset("theirs", .internal)])
        #expect(pair.caller.openStreams == 0 && pair.server.openStreams == 0)
    }

    @Test("frames that crossed a RESET are ignored, and what comes after the end is not sent")
    func crossing() throws {
        var pair = try Pair.greeted()
        _ = try pair.open("call", finished: false)
        _ = try pair.exchange()
        pair.caller.reset(1, .cancelled)
        pair.server.sendHead(WireHead(), on: 1)
        pair.server.send(.zeros(10), on: 1)
        pair.server.end(WireEnd(), on: 1)
        #expect(try pair.caller.take(pair.server.takeOutbound()).isEmpty)
        #expect(try pair.server.take(pair.caller.takeOutbound()).isEmpty)
        pair.server.reset(1, .internal)
        pair.caller.send(.zeros(1), on: 1)
        #expect(pair.caller.outbound.readableBytes == 0 && pair.server.outbound.readableBytes == 0)
    }

    @Test("GOAWAY lets the streams taken up go on; later ones are safe to try again")
    func drain() throws {
        var pair = try Pair.greeted()
        _ = try pair.open("under way")
        _ = try pair.exchange()
        pair.server.goAway()
        _ = try pair.open("too late")
        _ = try pair.server.take(pair.caller.takeOutbound())
        #expect(try pair.caller.take(pair.server.takeOutbound()).contains(.goAway(last: 1, .draining)))
        #expect(pair.caller.isPeerDraining && !pair.caller.acceptsNewStreams && !pair.server.acceptsNewStreams)
        let error = try #require(throws: LinkError.self) { try pair.open("later") }
        #expect(error.isSafeToRetry && error.code == .unavailable)
        pair.server.end(WireEnd(), on: 1)
        #expect(try pair.exchange().caller == [.ended("under way", .ok, text: "")])
    }

    @Test("streams that crossed GOAWAY are refused by RESET DRAINING, or before it by their numbers")
    func refused() throws {
        var pair = try Pair.greeted()
        _ = try pair.open("under way")
        _ = try pair.exchange()
        pair.server.goAway()
        let goAway = pair.server.takeOutbound()
        _ = try pair.open("crossed")
        _ = try pair.server.take(pair.caller.takeOutbound())
        let reset = pair.server.takeOutbound()
        #expect(try pair.caller.take(goAway) == [.goAway(last: 1, .draining)])
        var other = pair
        #expect(pair.caller.refused(after: 1) == ["crossed"])
        #expect(try pair.caller.take(reset).isEmpty)
        #expect(pair.caller.openStreams == 1)
        #expect(try other.caller.take(reset) == [.reset("crossed", .draining)])
    }

    @Test("GOAWAY is said once, but a violation after it is told as well")
    func goAwayTwice() throws {
        var pair = try Pair.greeted()
        pair.server.goAway()
        pair.server.goAway()
        #expect(try pair.exchange().caller == [.goAway(last: 0, .draining)])
        pair.server.goAway(.protocolViolation, "why")
        #expect(try pair.exchange().caller == [.goAway(last: 0, .protocolViolation)])
    }

    @Test("a stream more than the peer takes is refused: here by its HELLO, there by RESET RESOURCE_EXHAUSTED")
    func tooMany() throws {
        var pair = try Pair.greeted(maximumStreams: 2)
        for name in ["a", "b"] { _ = try pair.open(name) }
        let error = try #require(throws: LinkError.self) { try pair.open("c") }
        #expect(error.code == .resourceExhausted && error.isSafeToRetry)
        _ = try pair.exchange()
        _ = try pair.server.take(try .open("c", stream: 5))
        let frames = pair.server.takeFrames()
        #expect(frames.map(\.type) == [.reset] && frames.first?.stream == 5)
        let reset = try WireReset(serializedBytes: Array(try #require(frames.first).payload.readableBytesView))
        #expect(reset.code == .resourceExhausted)
        pair.server.end(WireEnd(), on: 1)
        _ = try pair.exchange()
        #expect(try pair.server.take(try .open("d", stream: 7)) == [.opened(7, method: "d", finished: true)])
    }

    @Test("streams opened before the peer's HELLO beyond its number are reset, the others served")
    func tooManyEarly() throws {
        var pair = Pair(server: SessionConfiguration(role: "server", maximumStreams: 1))
        for name in ["a", "b"] { _ = try pair.open(name) }
        #expect(try pair.exchange().caller == [.hello(role: "server"), .reset("b", .resourceExhausted)])
    }

    @Test("a connection whose stream numbers are used up takes no new streams and says so")
    func numbersUsedUp() throws {
        var pair = try Pair.greeted()
        pair.caller.nextLocal = UInt32.max - 4
        #expect(pair.caller.acceptsNewStreams)
        _ = try pair.open("last")
        #expect(!pair.caller.acceptsNewStreams)
        let error = try #require(throws: LinkError.self) { try pair.open("none") }
        #expect(error.code == .unavailable && error.isSafeToRetry)
        #expect(try pair.exchange().server == [.opened(UInt32.max - 4, method: "last", finished: true)])
    }

    @Test("abandoning gives every handler back, once")
    func abandon() throws {
        var pair = try Pair.greeted()
        for name in ["a", "b"] { _ = try pair.open(name) }
        #expect(pair.caller.abandon().sorted() == ["a", "b"])
        #expect(pair.caller.abandon().isEmpty)
        #expect(pair.caller.openStreams == 0)
    }
}
