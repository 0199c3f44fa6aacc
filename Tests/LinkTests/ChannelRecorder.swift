import Contracts
import NIOCore
import NIOPosix
import Synchronization

@testable import Link

/// What a stream of a `LinkChannelHandler` was told; written on its loop, read by the test.
final class ChannelRecorder: LinkChannelStreamHandler, Sendable {
    enum Event: Equatable {
        case head(UInt32)
        case data(Int)
        case end(WireCode)
        case reset(WireCode, isSafeToRetry: Bool)
        case turnEnd
    }

    private let recorded = Mutex<[Event]>([])
    private let consume: @Sendable (Int) -> Void

    init(consume: @escaping @Sendable (Int) -> Void = { _ in }) { self.consume = consume }

    /// In order, but for the ends of turns.
    var events: [Event] { recorded.withLock { $0.filter { $0 != .turnEnd } } }
    var all: [Event] { recorded.withLock { $0 } }
    var bytes: Int {
        events.reduce(0) { sum, event in if case .data(let count) = event { sum + count } else { sum } }
    }
    var isOver: Bool {
        events.contains { if case .head = $0 { false } else if case .data = $0 { false } else { true } }
    }

    private func record(_ event: Event) { recorded.withLock { $0.append(event) } }

    func linkHead(_ head: WireHead) { record(.head(head.status)) }
    func linkEnd(_ end: WireEnd) { record(.end(end.code)) }
    func linkReset(_ error: LinkError) { record(.reset(error.code, isSafeToRetry: error.isSafeToRetry)) }
    func linkTurnEnd() { record(.turnEnd) }
    func linkData(_ bytes: ByteBuffer) {
        record(.data(bytes.readableBytes))
        consume(bytes.readableBytes)
    }
}

/// A `LinkChannelHandler` on a loop of its own thread, used from a test's task.
struct ChannelClient: Sendable {
    let channel: any Channel
    private let handler: NIOLoopBound<LinkChannelHandler>
    /// The handler has said that no new streams may be opened.
    let isUnusable: Flag

    static func connect(_ path: String, window: UInt32 = LinkProtocol.initialWindow) async throws -> ChannelClient {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let flag = Flag()
        let handler = try await loop.submit {
            let handler = LinkChannelHandler(configuration: SessionConfiguration(role: "channel", window: window))
            handler.onUnusable = { flag.set() }
            return NIOLoopBound(handler, eventLoop: loop)
        }.get()
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
            .connect(unixDomainSocketPath: path).get()
        return ChannelClient(channel: channel, handler: handler, isUnusable: flag)
    }

    func run<Result: Sendable>(
        _ body: @escaping @Sendable (LinkChannelHandler) throws -> Result
    ) async throws -> Result {
        let handler = handler
        return try await channel.eventLoop.submit { try body(handler.value) }.get()
    }

    /// Opens a stream that is consumed as it comes.
    func open(_ method: String, body: ByteBuffer? = nil) async throws -> (UInt32, ChannelRecorder) {
        let number = Atomic32()
        let handler = handler
        let recorder = ChannelRecorder { handler.value.consumed($0, on: number.value) }
        let stream = try await run { link in
            number.value = try link.open(.named(method), body: body, handler: recorder)
            return number.value
        }
        return (stream, recorder)
    }
}

/// A stream's number, for a handler that exists before its stream.
private final class Atomic32: Sendable {
    private let stored = Atomic<UInt32>(0)
    var value: UInt32 {
        get { stored.load(ordering: .relaxed) }
        set { stored.store(newValue, ordering: .relaxed) }
    }
}

/// Set once, from anywhere.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    func set() { value.store(true, ordering: .relaxed) }
    var isSet: Bool { value.load(ordering: .relaxed) }
}
