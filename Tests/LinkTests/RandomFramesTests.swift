import Contracts
import Frames
import NIOCore
import Testing

@testable import Link

@Suite struct RandomFramesTests {
    /// A conversation of both sides, as the bytes of each.
    private static func conversation() throws -> (caller: [ByteBuffer], server: [ByteBuffer]) {
        var pair = Pair()
        var bytes: (caller: [ByteBuffer], server: [ByteBuffer]) = ([], [])
        for index in 0..<6 {
            let stream = try pair.open("call \(index)", finished: index.isMultiple(of: 2))
            pair.caller.send(.zeros(100), on: stream)
            pair.caller.ping(UInt64(index))
            if index == 3 { pair.caller.reset(stream, .cancelled) }
            bytes.caller.append(pair.caller.takeOutbound())
            _ = try pair.server.take(bytes.caller.last ?? ByteBuffer())
            pair.server.send(.zeros(70_000), on: stream)
            if index == 5 { pair.server.goAway() }
            pair.server.end(WireEnd(), on: stream)
            bytes.server.append(pair.server.takeOutbound())
            _ = try pair.caller.take(bytes.server.last ?? ByteBuffer())
            pair.caller.consumed(70_000, on: stream)
        }
        return bytes
    }

    private static func frames(_ bytes: [ByteBuffer]) throws -> [ByteBuffer] {
        var decoder = FrameDecoder()
        var frames: [ByteBuffer] = []
        for piece in bytes { decoder.append(piece) }
        while let frame = try decoder.next() {
            var buffer = ByteBuffer()
            buffer.writeFrame(frame)
            frames.append(buffer)
        }
        return frames
    }

    /// Feeds pieces until the session has enough of them; true if it never had. Bounds are checked at each.
    private static func survives(_ pieces: [ByteBuffer], side: SessionSide) -> Bool {
        let configuration = SessionConfiguration(role: "tested", maximumStreams: 4)
        var session = Session<String>(side: side, configuration: configuration)
        for _ in 0..<6 {
            let stream = session.nextLocal
            _ = try? session.open(.named("own"), finished: false, handler: "own \(stream)")
        }
        do throws(ProtocolViolation) {
            for piece in pieces {
                for event in try session.take(piece) {
                    guard case .data(let handler, let count, _) = event else { continue }
                    session.consumed(count, on: handler.split(separator: " ").last.flatMap { UInt32($0) } ?? 0)
                }
                #expect(session.openStreams <= 10)
            }
            return true
        } catch {
            #expect(!error.text.isEmpty)
            return false
        }
    }

    @Test("frames reordered, doubled and lost never crash a session", arguments: [SessionSide.initiator, .acceptor])
    func reordered(_ side: SessionSide) async throws {
        let bytes = try Self.conversation()
        let frames = try Self.frames(side == .acceptor ? bytes.caller : bytes.server)
        #expect(Self.survives(frames, side: side))
        var generator = SeededGenerator(state: 4)
        for index in 0..<3000 {
            var pieces = frames
            for _ in 0..<Int.random(in: 1..<5, using: &generator) {
                let place = Int.random(in: 0..<pieces.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: pieces.swapAt(place, Int.random(in: 0..<pieces.count, using: &generator))
                case 1: pieces.insert(pieces[place], at: Int.random(in: 0..<pieces.count, using: &generator))
                default: if pieces.count > 1 { pieces.remove(at: place) }
                }
            }
            _ = Self.survives(pieces, side: side)
            if index.isMultiple(of: 50) { await Task.yield() }
        }
    }

    @Test("a conversation cut off, or with bytes changed, never crashes a session")
    func mutated() async throws {
        let bytes = try Self.conversation().caller
        let whole = Array(bytes.reduce(ByteBuffer(), +).readableBytesView)
        var generator = SeededGenerator(state: 5)
        for index in 0..<10_000 {
            var changed = whole
            if Bool.random(using: &generator) {
                changed.removeLast(Int.random(in: 0..<whole.count, using: &generator))
            } else {
                let place = Int.random(in: 0..<whole.count, using: &generator)
                changed[place] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = Self.survives([ByteBuffer(bytes: changed)], side: .acceptor)
            if index.isMultiple(of: 50) { await Task.yield() }
        }
    }

    @Test("random frames after HELLO never crash a session, whichever side it is")
    func random() async throws {
        var generator = SeededGenerator(state: 6)
        let hello = try ByteBuffer.hello()
        for index in 0..<20_000 {
            var pieces = [hello]
            for _ in 0..<8 {
                let type = FrameType.allCases.randomElement(using: &generator) ?? .data
                let stream: UInt32 = type.isConnectionLevel ? 0 : .random(in: 1..<6, using: &generator)
                let count = [0, 0, 2, 4, 8, 70].randomElement(using: &generator) ?? 0
                let payload = (0..<count).map { _ in UInt8.random(in: 0..<20, using: &generator) }
                let flags = FrameFlags(rawValue: UInt8.random(in: 0..<3, using: &generator))
                pieces.append(.frame(type, flags: flags, stream: stream, bytes: payload))
            }
            _ = Self.survives(pieces, side: index.isMultiple(of: 2) ? .initiator : .acceptor)
            if index.isMultiple(of: 50) { await Task.yield() }
        }
    }
}
