import Contracts
import Frames
import NIOCore
import SwiftProtobuf

extension Session {
    /// Takes what the socket brought. Call `next` until it gives nil.
    public mutating func receive(_ bytes: ByteBuffer) { decoder.append(bytes) }

    /// The driver has written `outbound` down to what is left in it: streams that waited for space may go on.
    public mutating func drained() {
        guard !blockedByCongestion.isEmpty, outbound.readableBytes < configuration.congestionLimit / 2 else { return }
        woken.append(contentsOf: blockedByCongestion)
        blockedByCongestion.removeAll()
    }

    /// The next event; nil when the bytes are used up. A violation ends the connection: send GOAWAY, close.
    public mutating func next() throws(ProtocolViolation) -> SessionEvent<Handler>? {
        while true {
            if let stream = woken.popLast() {
                guard let handler = streams[stream]?.handler else { continue }
                return .writable(handler: handler)
            }
            let frame: Frame?
            do throws(FrameError) { frame = try decoder.next() } catch { throw ProtocolViolation(error.text) }
            guard let frame else { return nil }
            if let event = try accept(frame) { return event }
        }
    }

    private mutating func accept(_ frame: Frame) throws(ProtocolViolation) -> SessionEvent<Handler>? {
        if frame.type == .hello { return try acceptHello(frame) }
        guard peer != nil || frame.type == .goAway else { throw ProtocolViolation("\(frame.type) before HELLO") }
        switch frame.type {
        case .hello: return nil
        case .open: return try acceptOpen(frame)
        case .head: return try acceptHead(frame)
        case .data: return try acceptData(frame)
        case .end: return try acceptEnd(frame)
        case .reset: return try acceptReset(frame)
        case .window: return try acceptWindow(frame)
        case .ping:
            guard frame.payload.readableBytes == 8 else { throw ProtocolViolation("PING of another size than 8") }
            // A peer that pings without reading must not make us remember its pings.
            if outbound.readableBytes < configuration.congestionLimit {
                outbound.writeFrame(.pong, payload: frame.payload)
            }
            return nil
        case .pong:
            guard frame.payload.readableBytes == 8,
                let token = frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt64.self)
            else { throw ProtocolViolation("PONG of another size than 8") }
            return .pong(token)
        case .goAway:
            let message: WireGoAway = try decode(frame)
            peerDrains = true
            return .goAway(message)
        }
    }

    private mutating func acceptHello(_ frame: Frame) throws(ProtocolViolation) -> SessionEvent<Handler> {
        guard peer == nil else { throw ProtocolViolation("a second HELLO") }
        let hello: WireHello = try decode(frame)
        guard hello.protocolMajor == LinkProtocol.major else {
            throw ProtocolViolation(
                "protocol version \(hello.protocolMajor); this side speaks \(LinkProtocol.major)", code: .version)
        }
        guard hello.initialWindow <= UInt32(Int32.max) else {
            throw ProtocolViolation("a window of \(hello.initialWindow) bytes")
        }
        peer = hello
        // Streams opened before the peer's HELLO have waited for its window.
        for stream in streams.keys.sorted() where flush(stream, grant: Int(hello.initialWindow)) != nil {
            woken.append(stream)
        }
        return .hello(hello)
    }

    private mutating func acceptOpen(_ frame: Frame) throws(ProtocolViolation) -> SessionEvent<Handler>? {
        let isEven = frame.stream.isMultiple(of: 2)
        guard isEven == (side == .initiator) else { throw ProtocolViolation("OPEN of stream \(frame.stream)") }
        guard frame.stream > lastRemote else { throw ProtocolViolation("stream \(frame.stream) opened out of order") }
        let open: WireOpen = try decode(frame)
        lastRemote = frame.stream
        if drainingFrom != nil {
            writeReset(frame.stream, .draining, "draining")
            return nil
        }
        guard remoteCount < configuration.maximumStreams else {
            writeReset(frame.stream, .resourceExhausted, "\(configuration.maximumStreams) streams are open")
            return nil
        }
        let finished = frame.flags.contains(.finished)
        remoteCount += 1
        streams[frame.stream] = Stream(
            handler: nil, isLocal: false, sendCredit: Int(peer?.initialWindow ?? 0),
            receiveCredit: Int(configuration.window), tail: nil, peerFinished: finished)
        return .opened(stream: frame.stream, open: open, finished: finished)
    }

    /// The stream of a frame; nil when it is over on this side already, which the peer could not know.
    private func existing(_ frame: Frame) throws(ProtocolViolation) -> Stream? {
        if let stream = streams[frame.stream] { return stream }
        let isLocal = frame.stream.isMultiple(of: 2) == (side == .acceptor)
        let wasOpened = isLocal ? frame.stream < nextLocal : frame.stream <= lastRemote
        guard wasOpened else { throw ProtocolViolation("\(frame.type) on stream \(frame.stream), never opened") }
        return nil
    }

    private mutating func acceptHead(_ frame: Frame) throws(ProtocolViolation) -> SessionEvent<Handler>? {
        let head: WireHead = try decode(frame)
        guard let stream = try existing(frame) else { return nil }
        guard stream.isLocal else { throw ProtocolViolation("HEAD from the opener") }
        return stream.handler.map { .head(handler: $0, head: head) }
    }

    private mutating func acceptData(_ frame: Frame) throws(ProtocolViolation) -> SessionEvent<Handler>? {
        guard let stream = try existing(frame) else { return nil }
        guard !stream.peerFinished else { throw ProtocolViolation("DATA after the end of stream \(frame.stream)") }
        let count = frame.payload.readableBytes
        guard count <= stream.receiveCredit else {
            throw ProtocolViolation("\(count) bytes on stream \(frame.stream), credit \(stream.receiveCredit)")
        }
        let finished = frame.flags.contains(.finished)
        streams[frame.stream]?.receiveCredit -= count
        if finished { streams[frame.stream]?.peerFinished = true }
        guard let handler = stream.handler else {
            consumed(count, on: frame.stream)
            return nil
        }
        return .data(handler: handler, bytes: frame.payload, finished: finished)
    }

    private mutating func acceptEnd(_ frame: Frame) throws(ProtocolViolation) -> SessionEvent<Handler>? {
        let end: WireEnd = try decode(frame)
        guard let stream = try existing(frame) else { return nil }
        guard stream.isLocal else { throw ProtocolViolation("END from the opener") }
        forget(frame.stream)
        return stream.handler.map { .ended(handler: $0, end: end) }
    }

    private mutating func acceptReset(_ frame: Frame) throws(ProtocolViolation) -> SessionEvent<Handler>? {
        let reset: WireReset = try decode(frame)
        guard let stream = try existing(frame) else { return nil }
        forget(frame.stream)
        return stream.handler.map { .reset(handler: $0, reset: reset) }
    }

    private mutating func acceptWindow(_ frame: Frame) throws(ProtocolViolation) -> SessionEvent<Handler>? {
        guard frame.payload.readableBytes == 4,
            let grant = frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt32.self)
        else { throw ProtocolViolation("WINDOW of another size than 4") }
        guard let stream = try existing(frame) else { return nil }
        guard stream.sendCredit + Int(grant) <= Int(Int32.max) else {
            throw ProtocolViolation("credit beyond 2 GiB on stream \(frame.stream)")
        }
        return flush(frame.stream, grant: Int(grant))
    }

    /// Sends what waited for credit, then whatever ends the stream.
    private mutating func flush(_ id: UInt32, grant: Int) -> SessionEvent<Handler>? {
        guard let index = streams.index(forKey: id) else { return nil }
        streams.values[index].sendCredit += grant
        let now = min(streams.values[index].waiting.readableBytes, max(0, streams.values[index].sendCredit))
        if now > 0, let slice = streams.values[index].waiting.readSlice(length: now) {
            streams.values[index].sendCredit -= now
            slice.withUnsafeReadableBytes { writeData($0, stream: id) }
        }
        guard streams.values[index].waiting.readableBytes == 0 else { return nil }
        streams.values[index].waiting = ByteBuffer()
        switch streams.values[index].tail {
        case .finished:
            streams.values[index].tail = nil
            outbound.writeFrame(.data, flags: .finished, stream: id)
        case .end(let end):
            writeMessage(.end, stream: id, end)
            forget(id)
            return nil
        case nil: break
        }
        guard streams.values[index].isBlocked, streams.values[index].sendCredit > 0 else { return nil }
        streams.values[index].isBlocked = false
        return streams.values[index].handler.map { .writable(handler: $0) }
    }

    private func decode<Payload: Message>(_ frame: Frame) throws(ProtocolViolation) -> Payload {
        do {
            return try Payload(serializedBytes: Array(frame.payload.readableBytesView))
        } catch {
            throw ProtocolViolation("\(frame.type) that is not its message")
        }
    }
}
