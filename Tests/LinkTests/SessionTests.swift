import Contracts
import Frames
import NIOCore
import Testing

@testable import Link

@Suite struct SessionTests {
    @Test("both sides say HELLO first and see the peer's")
    func hello() throws {
        var pair = Pair(server: SessionConfiguration(role: "server", build: "1.2", window: 70_000, maximumStreams: 9))
        #expect(pair.caller.peerHello == nil)
        let seen = try pair.exchange()
        #expect(seen.caller == [.hello(role: "server")] && seen.server == [.hello(role: "caller")])
        let hello = try #require(pair.caller.peerHello)
        #expect(hello.protocolMajor == LinkProtocol.major && hello.build == "1.2")
        #expect(hello.initialWindow == 70_000 && hello.maxStreams == 9)
    }

    @Test("a peer of another major version is refused with GOAWAY VERSION, one of another minor is not")
    func version() throws {
        for (major, minor) in [(LinkProtocol.major + 1, UInt32(0)), (0, 0), (LinkProtocol.major, 99)] {
            var session = Session<String>(side: .acceptor, configuration: SessionConfiguration(role: "server"))
            var hello = SessionConfiguration(role: "other").hello
            hello.protocolMajor = major
            hello.protocolMinor = minor
            session.receive(try .frame(.hello, hello))
            guard major != LinkProtocol.major else {
                #expect(try session.take(ByteBuffer()) == [.hello(role: "other")])
                continue
            }
            let violation = try #require(throws: ProtocolViolation.self) { try session.next() }
            #expect(violation.code == .version && violation.text.contains("version \(major)"))
            session.goAway(violation.code, violation.text)
            let last = try #require(session.takeFrames().last)
            #expect(try WireGoAway(serializedBytes: Array(last.payload.readableBytesView)).code == .version)
        }
    }

    @Test("a unary call: OPEN with FIN, END, and nothing is left on either side")
    func unary() throws {
        var pair = try Pair.greeted()
        #expect(try pair.open("ask") == 1)
        #expect(try pair.exchange().server == [.opened(1, method: "ask", finished: true)])
        #expect(pair.caller.openStreams == 1 && pair.server.openStreams == 1)
        pair.server.end(.failure(.notFound, "none"), on: 1)
        #expect(try pair.exchange().caller == [.ended("ask", .notFound, text: "none")])
        #expect(pair.caller.openStreams == 0 && pair.server.openStreams == 0)
    }

    @Test("a call that was made before the peer's HELLO is answered like any other")
    func early() throws {
        var pair = Pair()
        _ = try pair.open("early")
        #expect(try pair.exchange().server == [.hello(role: "caller"), .opened(1, method: "early", finished: true)])
    }

    @Test("each side opens streams of its own parity, and both ways at a time")
    func bothWays() throws {
        var pair = try Pair.greeted()
        #expect(try pair.open("first") == 1)
        #expect(try pair.open("second") == 3)
        #expect(try pair.server.open(.named("back"), finished: true, handler: "back") == 2)
        let seen = try pair.exchange()
        #expect(seen.caller == [.opened(2, method: "back", finished: true)])
        #expect(seen.server.count == 2)
        pair.caller.end(WireEnd(), on: 2)
        pair.server.end(WireEnd(), on: 3)
        pair.server.end(WireEnd(), on: 1)
        let ends = try pair.exchange()
        #expect(ends.server == [.ended("back", .ok, text: "")])
        #expect(ends.caller == [.ended("second", .ok, text: ""), .ended("first", .ok, text: "")])
    }

    @Test("a stream carries DATA and FIN one way, HEAD, DATA and END the other")
    func streaming() throws {
        var pair = try Pair.greeted()
        let stream = try pair.open("upload", finished: false)
        #expect(pair.caller.send(.zeros(10), on: stream) == true)
        pair.caller.finish(stream)
        let there = try pair.exchange().server
        #expect(
            there == [
                .opened(1, method: "upload", finished: false), .data("served 1", bytes: 10, finished: false),
                .data("served 1", bytes: 0, finished: true),
            ])
        var head = WireHead()
        head.status = 206
        pair.server.sendHead(head, on: stream)
        pair.server.send(.zeros(5), on: stream)
        pair.server.end(WireEnd(), on: stream)
        let back = try pair.exchange().caller
        #expect(
            back == [
                .head("upload", status: 206), .data("upload", bytes: 5, finished: false),
                .ended("upload", .ok, text: ""),
            ])
    }

    @Test("what the opener sends after it has finished goes nowhere")
    func afterFinish() throws {
        var pair = try Pair.greeted()
        let finished = try pair.open("finished")
        let open = try pair.open("open", finished: false)
        pair.caller.finish(open)
        for stream in [finished, open] {
            pair.caller.send(.zeros(1), on: stream)
            pair.caller.finish(stream)
        }
        let seen = try pair.exchange().server
        #expect(seen.count == 3 && seen.last == .data("served 3", bytes: 0, finished: true))
    }

    @Test("PING is answered by PONG with its token; an unread flood of pings is not remembered")
    func ping() throws {
        var pair = try Pair.greeted()
        pair.caller.ping(42)
        #expect(try pair.exchange().caller == [.pong(42)])
        for token in 0..<100_000 { pair.caller.ping(UInt64(token)) }
        _ = try pair.server.take(pair.caller.takeOutbound())
        #expect(pair.server.outbound.readableBytes <= pair.server.configuration.congestionLimit + 18)
    }

    @Test("HEAD and END that fit no frame become a RESET, not a broken connection")
    func tooLongMessages() throws {
        var pair = try Pair.greeted()
        let stream = try pair.open("ask")
        _ = try pair.exchange()
        pair.server.end(.failure(.internal, String(repeating: "x", count: Frame.maximumPayload)), on: stream)
        #expect(try pair.exchange().caller == [.reset("ask", .internal)])
        var open = WireOpen.named("long")
        open.message = .init(repeating: 0, count: Frame.maximumPayload)
        #expect(throws: LinkError.self) { try pair.caller.open(open, finished: true, handler: "long") }
        #expect(pair.caller.openStreams == 0)
    }
}
