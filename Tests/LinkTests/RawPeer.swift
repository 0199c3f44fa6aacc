import Contracts
import Frames
import Glibc
import NIOCore
import SwiftProtobuf

@testable import Link

/// A peer that does only what the test says: a non-blocking socket, polled with a deadline.
final class RawPeer {
    private let descriptor: CInt
    private var decoder = FrameDecoder()

    init(path: String) throws { descriptor = try UnixSocket.connect(path) }

    /// Takes over the descriptor.
    init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }

    func send(_ bytes: ByteBuffer) async throws {
        var rest = bytes
        try await poll("room to send") {
            while rest.readableBytes > 0 {
                guard let sent = self.write(rest) else { throw TestFailure("send: \(errno)") }
                guard sent > 0 else { return false }
                rest.moveReaderIndex(forwardBy: sent)
            }
            return true
        }
    }

    /// Sends the same bytes again and again, never reading, until the other side closes the connection.
    func flood(_ bytes: ByteBuffer, while goesOn: () async -> Bool = { true }) async throws {
        var rest = bytes
        try await poll("end of the connection") {
            while await goesOn() {
                guard let sent = self.write(rest) else { return true }
                guard sent > 0 else { return false }
                rest.moveReaderIndex(forwardBy: sent)
                if rest.readableBytes == 0 { rest = bytes }
            }
            return true
        }
    }

    /// How many bytes went; 0: the socket is full; nil: the other side has closed it.
    func write(_ bytes: ByteBuffer) -> Int? {
        let count = bytes.withUnsafeReadableBytes {
            Glibc.send(self.descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        if count < 0, errno == EAGAIN { return 0 }
        return count < 0 ? nil : count
    }

    /// nil: the end.
    func next() async throws -> Frame? {
        var frame: Frame?
        try await poll("frame") {
            frame = try self.decoder.next()
            if frame != nil { return true }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(self.descriptor, &bytes, bytes.count, 0)
            if count < 0, errno == EAGAIN { return false }
            guard count > 0 else { return true }
            self.decoder.append(ByteBuffer(bytes: bytes[..<count]))
            frame = try self.decoder.next()
            return frame != nil
        }
        return frame
    }

    /// The next frame, which must be of that type, as its message.
    func next<Payload: Message>(_ type: FrameType, _: Payload.Type = Payload.self) async throws -> Payload {
        let frame = try await next()
        guard let frame, frame.type == type else {
            throw TestFailure("\(type) was expected; it is \(frame.map { "\($0)" } ?? "the end")")
        }
        return try Payload(serializedBytes: Array(frame.payload.readableBytesView))
    }

    /// All that comes until the other side closes.
    func readToEnd() async throws -> [Frame] {
        var frames: [Frame] = []
        while let frame = try await next() { frames.append(frame) }
        return frames
    }

    /// Says HELLO and hears the other side's.
    func greet(window: UInt32 = LinkProtocol.initialWindow) async throws {
        try await send(try .hello(window: window))
        _ = try await next(.hello, WireHello.self)
    }

    func finishSending() { shutdown(descriptor, CInt(SHUT_WR)) }
}
