import Contracts
import Frames
import NIOCore

@testable import Link

/// libFuzzer's entry for the decoder of frames and the session above it.
///
/// The first byte says how the rest is cut (0: whole; n: pieces of n bytes) and, by its highest bit, which side the
/// session is. The decoder must give the same whole and in pieces, and the session must keep its bounds.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrames(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 1 else { return 0 }
    let bytes = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(start: start, count: count)[1...])
    let cut = Int(start[0] & 0x7f)
    guard decode(bytes, cut) == decode(bytes, 0) else { fatalError("the decoder differs by the cut") }
    converse(bytes, cut, start[0] & 0x80 == 0 ? .acceptor : .initiator, greeted: false)
    converse(bytes, cut, start[0] & 0x80 == 0 ? .acceptor : .initiator, greeted: true)
    return 0
}

private func pieces(_ bytes: UnsafeBufferPointer<UInt8>, _ cut: Int) -> [ByteBuffer] {
    let step = cut == 0 ? bytes.count : cut
    return stride(from: 0, to: bytes.count, by: step).map {
        ByteBuffer(bytes: UnsafeBufferPointer(rebasing: bytes[$0..<min(bytes.count, $0 + step)]))
    }
}

private struct Decoded: Equatable {
    var frames: [Frame] = []
    var error: FrameError?
}

private func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ cut: Int) -> Decoded {
    var decoder = FrameDecoder()
    var decoded = Decoded()
    for piece in pieces(bytes, cut) {
        decoder.append(piece)
        do throws(FrameError) {
            while let frame = try decoder.next() { decoded.frames.append(frame) }
        } catch {
            decoded.error = error
            return decoded
        }
    }
    return decoded
}

private func converse(_ bytes: UnsafeBufferPointer<UInt8>, _ cut: Int, _ side: SessionSide, greeted: Bool) {
    let configuration = SessionConfiguration(
        role: "fuzzed", window: 64, maximumStreams: 4, congestionLimit: 1 << 16)
    var session = Session<UInt32>(side: side, configuration: configuration)
    if greeted { session.receive(greeting) }
    for _ in 0..<2 {
        let stream = session.nextLocal
        _ = try? session.open(WireOpen(), finished: false, handler: stream)
        session.send(ByteBuffer(repeating: 1, count: 100), on: stream)
    }
    for piece in pieces(bytes, cut) {
        session.receive(piece)
        while let event = try? session.next() { answer(event, &session) }
        guard session.openStreams <= 6 else { fatalError("\(session.openStreams) streams") }
    }
    let snapshot = session.snapshot()
    guard (try? Session<UInt32>(resuming: snapshot, configuration: configuration)) != nil else {
        fatalError("a snapshot that cannot be resumed")
    }
    checkOutbound(session.outbound)
}

/// What a daemon would do: serve, consume, answer, end.
private func answer(_ event: SessionEvent<UInt32>, _ session: inout Session<UInt32>) {
    switch event {
    case .opened(let stream, _, let finished):
        session.attach(stream, stream)
        session.sendHead(WireHead(), on: stream)
        session.send(ByteBuffer(repeating: 2, count: Int(stream % 200)), on: stream)
        if finished { session.end(WireEnd(), on: stream) }
    case .data(let stream, let bytes, let finished):
        session.consumed(bytes.readableBytes, on: stream)
        if finished { session.end(WireEnd(), on: stream) }
    case .writable(let stream):
        session.send(ByteBuffer(repeating: 3, count: 10), on: stream)
        if stream % 3 == 0 { session.finish(stream) }
    case .goAway(let message): _ = session.refused(after: message.lastStream)
    case .hello, .head, .ended, .reset, .pong: break
    }
}

/// Whatever came in, what goes out is frames.
private func checkOutbound(_ bytes: ByteBuffer) {
    var decoder = FrameDecoder()
    decoder.append(bytes)
    do {
        while try decoder.next() != nil {}
    } catch {
        fatalError("the session wrote \(error)")
    }
    guard decoder.leftover.readableBytes == 0 else { fatalError("the session wrote half a frame") }
}

private let greeting: ByteBuffer = {
    var buffer = ByteBuffer()
    var hello = WireHello()
    hello.protocolMajor = LinkProtocol.major
    hello.initialWindow = 64
    hello.maxStreams = 4
    buffer.writeFrame(.hello, bytes: (try? hello.serializedBytes()) ?? [])
    return buffer
}()
