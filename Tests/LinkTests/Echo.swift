import Contracts
import NIOCore
import Reactor

@testable import Link

/// Sends back what comes; consumes it when it could be sent.
@ReactorActor
final class Echo: LinkStreamHandler {
    private var owed = 0
    private var isBlocked = false
    private var isFinished = false

    nonisolated init() {}

    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        if owed == 0, !isBlocked, !isFinished { stream.sendHead(Self.head) }
        owed += bytes.readableBytes
        isFinished = finished
        isBlocked = bytes.readableBytes > 0 ? !stream.send(bytes) : isBlocked
        settle(stream)
    }

    func linkWritable(on stream: LinkStream) {
        isBlocked = false
        settle(stream)
    }

    func linkReset(_ error: LinkError, on stream: LinkStream) {}

    private static let head: WireHead = {
        var head = WireHead()
        head.status = 200
        return head
    }()

    private func settle(_ stream: LinkStream) {
        guard !isBlocked else { return }
        stream.consumed(owed)
        owed = 0
        if isFinished { stream.end(WireEnd()) }
    }
}

/// Sends numbered bytes as fast as they are taken, and keeps what comes back.
@ReactorActor
final class Sender: LinkStreamHandler {
    private let total: Int
    private var sent = 0
    private(set) var received: [UInt8] = []
    private(set) var status: UInt32?
    private(set) var end: WireEnd?

    init(total: Int) { self.total = total }

    static func bytes(_ range: Range<Int>) -> [UInt8] { range.map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) } }

    func start(_ stream: LinkStream) { linkWritable(on: stream) }

    func linkWritable(on stream: LinkStream) {
        while sent < total {
            let next = min(total, sent + 777)
            let bytes = Self.bytes(sent..<next)
            sent = next
            let goesOn = bytes.withUnsafeBytes { stream.send(bytes: $0) }
            if sent == total { stream.finish() }
            if !goesOn { return }
        }
    }

    func linkHead(_ head: WireHead, on stream: LinkStream) { status = head.status }

    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        received += Array(bytes.readableBytesView)
        stream.consumed(bytes.readableBytes)
    }

    func linkEnd(_ end: WireEnd, on stream: LinkStream) { self.end = end }
    func linkReset(_ error: LinkError, on stream: LinkStream) {}
}
