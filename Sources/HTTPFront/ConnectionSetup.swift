import NIOCore
import NIOPosix
import Synchronization

/// Hands each accepted connection to the next event loop.
final class ConnectionSetup: Sendable {
    private let loops: [NIOLoopBound<LoopState>]
    private let census: ConnectionCensus
    private let limit: Int
    private let turn = Atomic<Int>(0)

    init(_ loops: [NIOLoopBound<LoopState>], _ census: ConnectionCensus, limit: Int) {
        self.loops = loops
        self.limit = limit
        self.census = census
    }

    func take(_ connection: CInt) {
        let isRefused = !census.enter(limit: limit)
        let loop = loops[turn.wrappingAdd(1, ordering: .relaxed).oldValue % loops.count]
        let census = census
        loop.eventLoop.execute { Self.makeChannel(connection, isRefused, loop.value, census) }
    }

    private static func makeChannel(
        _ connection: CInt, _ isRefused: Bool, _ loop: LoopState, _ census: ConnectionCensus
    ) {
        let bound = NIOLoopBound(loop, eventLoop: loop.eventLoop)
        // A client's bootstrap by name only: it is the one that takes connected sockets.
        ClientBootstrap(group: loop.eventLoop)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: LoopState.receiveAllocator)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = HTTPConnectionHandler(bound.value, isRefused: isRefused)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .withConnectedSocket(connection)
            .whenComplete { result in
                switch result {
                case .success(let channel): channel.closeFuture.whenComplete { _ in census.leave() }
                case .failure: census.leave()
                }
            }
    }
}
