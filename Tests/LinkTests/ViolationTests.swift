import Contracts
import Frames
import NIOCore
import Testing

@testable import Link

@Suite struct ViolationTests {
    /// What an acceptor says of bytes after a HELLO; nil: nothing wrong. Stream 1 is open (stream 3 with FIN), with a
    /// window of 100, and stream 2 is its own.
    private static func violation(_ bytes: ByteBuffer) throws -> ProtocolViolation? {
        let configuration = SessionConfiguration(role: "server", window: 100)
        var session = Session<String>(side: .acceptor, configuration: configuration)
        _ = try session.take(
            try .hello() + .open("open", stream: 1, finished: false) + .open("finished", stream: 3))
        _ = try session.open(.named("own"), finished: true, handler: "own")
        do throws(ProtocolViolation) {
            _ = try session.take(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a frame that may not come now, or is not its message, ends the connection",
        arguments: [
            (try ByteBuffer.hello(), "a second HELLO"),
            (try .open("even", stream: 4), "OPEN of stream 4"),
            (try .open("again", stream: 1), "stream 1 opened out of order"),
            (try .open("5", stream: 5) + .open("again", stream: 5), "stream 5 opened out of order"),
            (try .open("9", stream: 9) + .open("7", stream: 7), "stream 7 opened out of order"),
            (.data(101, stream: 1), "101 bytes on stream 1, credit 100"),
            (.data(60, stream: 1) + .data(60, stream: 1), "60 bytes on stream 1, credit 40"),
            (.data(0, stream: 3), "DATA after the end of stream 3"),
            (.data(1, stream: 1, finished: true) + .data(0, stream: 1), "DATA after the end of stream 1"),
            (.window(.max, stream: 1), "credit beyond 2 GiB on stream 1"),
            (.window(0x7fff_0000, stream: 1) + .window(0xffff, stream: 1), "credit beyond 2 GiB on stream 1"),
            (.frame(.window, stream: 1, bytes: [1, 2, 3]), "WINDOW of another size than 4"),
            (.frame(.window, stream: 1, bytes: [1, 2, 3, 4, 5]), "WINDOW of another size than 4"),
            (try .frame(.head, stream: 1, WireHead()), "HEAD from the opener"),
            (try .frame(.end, stream: 1, WireEnd()), "END from the opener"),
            (try .frame(.head, stream: 4, WireHead()), "head on stream 4, never opened"),
            (.data(1, stream: 5), "data on stream 5, never opened"),
            (try .frame(.end, stream: 4, WireEnd()), "end on stream 4, never opened"),
            (try .frame(.reset, stream: 7, WireReset()), "reset on stream 7, never opened"),
            (.window(1, stream: 6), "window on stream 6, never opened"),
            (.frame(.ping, bytes: [1]), "PING of another size than 8"),
            (.frame(.pong, bytes: [1]), "PONG of another size than 8"),
            (.frame(.pong, bytes: [UInt8](repeating: 0, count: 9)), "PONG of another size than 8"),
            (.frame(.open, stream: 5, bytes: [0xff]), "open that is not its message"),
            (.frame(.head, stream: 2, bytes: [0xff]), "head that is not its message"),
            (.frame(.end, stream: 2, bytes: [0xff]), "end that is not its message"),
            (.frame(.reset, stream: 1, bytes: [0xff]), "reset that is not its message"),
            (.frame(.goAway, bytes: [0xff]), "goAway that is not its message"),
            (ByteBuffer(bytes: [0xff, 0, 0, 0]), "frame of 4278190080 bytes; 1048576 at most"),
            (ByteBuffer(bytes: [0, 0, 0, 6, 77]), "unknown frame type 77"),
        ] as [(ByteBuffer, String)])
    func violations(_ bytes: ByteBuffer, _ text: String) throws {
        let violation = try #require(try Self.violation(bytes))
        #expect(violation.text == text && violation.code == .protocolViolation)
    }

    @Test("frames on streams that are over are no violation: they crossed their end")
    func late() throws {
        let ended = try ByteBuffer.frame(.reset, stream: 1, WireReset()) + .frame(.end, stream: 2, WireEnd())
        let late =
            try ByteBuffer.data(10_000, stream: 1) + .window(5, stream: 1) + .data(10_000, stream: 2)
            + .frame(.head, stream: 2, WireHead()) + .frame(.end, stream: 2, WireEnd())
            + .frame(.reset, stream: 1, WireReset())
        #expect(try Self.violation(ended + late) == nil)
        // Stream 5 was skipped, so it counts as over.
        #expect(try Self.violation(try .open("7", stream: 7) + .data(1, stream: 5)) == nil)
    }

    @Test("every frame but GOAWAY before HELLO is a violation", arguments: FrameType.allCases)
    func beforeHello(_ type: FrameType) throws {
        guard type != .hello else { return }
        var session = Session<String>(side: .acceptor, configuration: SessionConfiguration(role: "server"))
        session.receive(.frame(type, stream: type.isConnectionLevel ? 0 : 1))
        if type == .goAway {
            #expect(try session.take(ByteBuffer()) == [.goAway(last: 0, .ok)])
        } else {
            let violation = try #require(throws: ProtocolViolation.self) { try session.next() }
            #expect(violation.text == "\(type) before HELLO")
        }
    }

    @Test("a HELLO with a window beyond 2 GiB is a violation, one at it is not")
    func helloWindow() throws {
        for (window, isRefused) in [(UInt32(Int32.max), false), (UInt32(Int32.max) + 1, true)] {
            var session = Session<String>(side: .initiator, configuration: SessionConfiguration(role: "caller"))
            session.receive(try .hello(window: window))
            do throws(ProtocolViolation) {
                _ = try session.next()
                #expect(!isRefused)
            } catch {
                #expect(isRefused)
            }
        }
    }

    @Test("an acceptor opens even streams, so an initiator refuses odd ones")
    func parity() throws {
        var session = Session<String>(side: .initiator, configuration: SessionConfiguration(role: "caller"))
        _ = try session.take(try .hello() + .open("even", stream: 2))
        session.receive(try .open("odd", stream: 3))
        #expect(throws: ProtocolViolation.self) { try session.next() }
    }
}
