import Contracts
import Frames
import NIOCore

/// What a session must remember to go on in another image of the process (re-execution). Its open streams are not
/// among it: they are reset before.
public struct SessionSnapshot: Codable, Sendable, Equatable {
    public var isInitiator: Bool
    public var nextLocal: UInt32
    public var lastRemote: UInt32
    /// The peer's HELLO as it came; empty when none came yet.
    public var peerHello: [UInt8]
    /// Bytes read that are no whole frame yet.
    public var inbound: [UInt8]
    /// Bytes not written yet.
    public var outbound: [UInt8]
}

extension Session {
    /// Resets every stream and says what is left to remember.
    public mutating func snapshot() -> SessionSnapshot {
        for stream in Array(streams.keys) { reset(stream, .unavailable, "this process replaces itself") }
        return SessionSnapshot(
            isInitiator: side == .initiator, nextLocal: nextLocal, lastRemote: lastRemote,
            peerHello: (try? peer?.serializedBytes()) ?? [], inbound: Array(decoder.leftover.readableBytesView),
            outbound: Array(outbound.readableBytesView))
    }

    public init(resuming snapshot: SessionSnapshot, configuration: SessionConfiguration) throws {
        self.init(side: snapshot.isInitiator ? .initiator : .acceptor, configuration: configuration)
        nextLocal = snapshot.nextLocal
        lastRemote = snapshot.lastRemote
        if !snapshot.peerHello.isEmpty { peer = try WireHello(serializedBytes: snapshot.peerHello) }
        decoder.append(ByteBuffer(bytes: snapshot.inbound))
        outbound = ByteBuffer(bytes: snapshot.outbound)
    }
}
