import Contracts
import Frames
import NIOCore
import SwiftProtobuf

/// One connection of the protocol without its I/O: bytes in → events, calls → bytes in `outbound`.
///
/// A driver (on the reactor, on a NIO channel) reads the socket into `receive`, takes events with `next` until nil,
/// and writes `outbound` once a turn. Everything is bounded: frames by their length, DATA by each stream's credit,
/// streams by their number, `outbound` by credit and by `congestionLimit`.
public struct Session<Handler> {
    struct Stream {
        var handler: Handler?
        let isLocal: Bool
        /// Bytes that may still be sent, and bytes that the peer may still send.
        var sendCredit: Int
        var receiveCredit: Int
        /// Consumed by the reader, not yet given back to the peer.
        var owed = 0
        /// Accepted from the writer, waiting for credit; at most what one `send` brought beyond the credit.
        var waiting = ByteBuffer()
        /// What follows `waiting`.
        var tail: Tail?
        var peerFinished = false
        /// The opener's half is over: nothing of it is sent any more.
        var finished = false
        var isBlocked = false
    }

    enum Tail {
        case finished
        case end(WireEnd)
    }

    public let side: SessionSide
    public let configuration: SessionConfiguration
    /// Bytes for the socket. The driver writes them and calls `drained`.
    public var outbound = ByteBuffer()

    var decoder = FrameDecoder()
    var streams: [UInt32: Stream] = [:]
    var nextLocal: UInt32
    var lastRemote: UInt32 = 0
    var localCount = 0
    var remoteCount = 0
    var peer: WireHello?
    var drainingFrom: UInt32?
    var peerDrains = false
    /// Streams that may send again: by credit when WINDOW came, by space when `outbound` went down.
    var woken: [UInt32] = []
    var blockedByCongestion: Set<UInt32> = []

    public init(side: SessionSide, configuration: SessionConfiguration) {
        self.side = side
        self.configuration = configuration
        nextLocal = side == .initiator ? 1 : 2
        writeMessage(.hello, configuration.hello)
    }

    /// The peer's HELLO, once it came.
    public var peerHello: WireHello? { peer }
    public var openStreams: Int { streams.count }
    /// True while new streams may be opened.
    public var acceptsNewStreams: Bool { !peerDrains && drainingFrom == nil && nextLocal < Self.lastStream }
    /// Above it a connection is retired: the next number must still fit.
    static var lastStream: UInt32 { UInt32.max - 2 }
    /// The peer has said GOAWAY.
    public var isPeerDraining: Bool { peerDrains }

    // MARK: Connection

    public mutating func ping(_ token: UInt64) {
        outbound.writeFrame(.ping, payload: ByteBuffer(integer: token))
    }

    /// Says that no stream after the last one taken up will be served. Streams under way go on.
    public mutating func goAway(_ code: WireCode = .draining, _ text: String = "") {
        // Said once; only a graver reason is said after it.
        guard drainingFrom == nil || code != .draining else { return }
        let last = drainingFrom ?? lastRemote
        drainingFrom = last
        var message = WireGoAway()
        message.lastStream = last
        message.code = code
        message.text = String(text.prefix(1024))
        writeMessage(.goAway, message)
    }

    // MARK: Opening and answering

    /// Opens a stream. The stream's number; throws when the peer drains, or when too many are open.
    public mutating func open(_ open: WireOpen, finished: Bool, handler: Handler) throws(LinkError) -> UInt32 {
        guard !peerDrains, drainingFrom == nil else {
            throw LinkError(.unavailable, "the peer is draining", isSafeToRetry: true)
        }
        let limit = peer?.maxStreams ?? LinkProtocol.maximumStreams
        guard localCount < limit else {
            throw LinkError(.resourceExhausted, "\(limit) streams are open", isSafeToRetry: true)
        }
        guard nextLocal < Self.lastStream else {
            throw LinkError(.unavailable, "stream numbers are used up", isSafeToRetry: true)
        }
        let payload = try Self.encode(open)
        let id = nextLocal
        nextLocal += 2
        localCount += 1
        // DATA waits for the peer's HELLO, which says how much of it there may be.
        streams[id] = Stream(
            handler: handler, isLocal: true, sendCredit: Int(peer?.initialWindow ?? 0),
            receiveCredit: Int(configuration.window), tail: nil, finished: finished)
        outbound.writeFrame(.open, flags: finished ? .finished : [], stream: id, bytes: payload)
        return id
    }

    /// Says who deals with a stream that the peer opened.
    public mutating func attach(_ stream: UInt32, _ handler: Handler) { streams[stream]?.handler = handler }

    public mutating func sendHead(_ head: WireHead, on stream: UInt32) {
        guard streams[stream] != nil else { return }
        writeMessage(.head, stream: stream, head)
    }

    /// Sends DATA, or keeps it until there is credit. False: wait for `writable` before sending more.
    @discardableResult
    public mutating func send(_ bytes: ByteBuffer, on stream: UInt32) -> Bool {
        bytes.withUnsafeReadableBytes { send(bytes: $0, on: stream) }
    }

    /// The same without a buffer in between.
    @discardableResult
    public mutating func send(bytes: UnsafeRawBufferPointer, on stream: UInt32) -> Bool {
        guard let index = streams.index(forKey: stream), !streams.values[index].finished else { return true }
        var rest = bytes
        if streams.values[index].waiting.readableBytes == 0 {
            let now = min(rest.count, max(0, streams.values[index].sendCredit))
            writeData(UnsafeRawBufferPointer(rebasing: rest[..<now]), stream: stream)
            streams.values[index].sendCredit -= now
            rest = UnsafeRawBufferPointer(rebasing: rest[now...])
        }
        if !rest.isEmpty { streams.values[index].waiting.writeBytes(rest) }
        if !rest.isEmpty || streams.values[index].sendCredit == 0 {
            streams.values[index].isBlocked = true
            return false
        }
        guard outbound.readableBytes < configuration.congestionLimit else {
            blockedByCongestion.insert(stream)
            return false
        }
        return true
    }

    /// The opener's half is finished: no DATA follows.
    public mutating func finish(_ stream: UInt32) {
        guard let state = streams[stream], state.tail == nil, !state.finished else { return }
        streams[stream]?.finished = true
        if state.waiting.readableBytes == 0 {
            outbound.writeFrame(.data, flags: .finished, stream: stream)
        } else {
            streams[stream]?.tail = .finished
        }
    }

    /// Ends a stream that the peer opened, after what is still waiting for credit.
    public mutating func end(_ end: WireEnd, on stream: UInt32) {
        guard let state = streams[stream], !state.isLocal, state.tail == nil else { return }
        if state.waiting.readableBytes == 0 {
            writeMessage(.end, stream: stream, end)
            forget(stream)
        } else {
            streams[stream]?.tail = .end(end)
            streams[stream]?.handler = nil
        }
    }

    /// Closes a stream at once; the peer is told.
    public mutating func reset(_ stream: UInt32, _ code: WireCode, _ text: String = "") {
        guard streams[stream] != nil else { return }
        writeReset(stream, code, text)
        forget(stream)
    }

    /// The reader has dealt with `count` bytes of DATA: the peer may send as many more.
    public mutating func consumed(_ count: Int, on stream: UInt32) {
        guard count > 0, let index = streams.index(forKey: stream) else { return }
        streams.values[index].owed += count
        // Given back in halves of the window: a WINDOW for each DATA would double the frames.
        guard streams.values[index].owed >= Int(configuration.window) / 2, !streams.values[index].peerFinished
        else { return }
        let grant = streams.values[index].owed
        streams.values[index].owed = 0
        streams.values[index].receiveCredit += grant
        outbound.writeFrame(.window, stream: stream, payload: ByteBuffer(integer: UInt32(grant)))
    }

    /// Bytes that wait in this process for the stream's credit; for figures and tests.
    public func waitingBytes(_ stream: UInt32) -> Int { streams[stream]?.waiting.readableBytes ?? 0 }

    /// Removes the streams of this side above `last`, which a draining peer has not taken up; their handlers.
    public mutating func refused(after last: UInt32) -> [Handler] {
        let refused = streams.filter { $0.value.isLocal && $0.key > last }
        for stream in refused.keys { forget(stream) }
        return refused.values.compactMap(\.handler)
    }

    /// Removes and returns every handler: the connection is gone.
    public mutating func abandon() -> [Handler] {
        let handlers = streams.values.compactMap(\.handler)
        streams = [:]
        localCount = 0
        remoteCount = 0
        return handlers
    }

    // MARK: Writing

    mutating func forget(_ stream: UInt32) {
        guard let state = streams.removeValue(forKey: stream) else { return }
        blockedByCongestion.remove(stream)
        if state.isLocal { localCount -= 1 } else { remoteCount -= 1 }
    }

    mutating func writeReset(_ stream: UInt32, _ code: WireCode, _ text: String) {
        var message = WireReset()
        message.code = code
        message.text = String(text.prefix(1024))
        writeMessage(.reset, stream: stream, message)
    }

    mutating func writeData(_ bytes: UnsafeRawBufferPointer, stream: UInt32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = min(rest.count, Frame.maximumPayload)
            outbound.writeFrame(.data, stream: stream, bytes: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    mutating func writeMessage(_ type: FrameType, stream: UInt32 = 0, _ message: some Message) {
        guard let payload = try? Self.encode(message) else {
            // Only our own HEAD or END can be too long: the stream must end, the connection need not.
            if stream != 0 { writeReset(stream, .internal, "message longer than a frame") }
            return
        }
        outbound.writeFrame(type, stream: stream, bytes: payload)
    }
}

extension Session {
    static func encode(_ message: some Message) throws(LinkError) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try message.serializedBytes() } catch { throw LinkError(.internal, "\(error)") }
        guard bytes.count <= Frame.maximumPayload else {
            throw LinkError(.resourceExhausted, "message of \(bytes.count) bytes; \(Frame.maximumPayload) at most")
        }
        return bytes
    }
}
