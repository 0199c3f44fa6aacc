import Glibc
import NIOCore

extension HTTPServer {
    /// Serves on sockets that listen already (TCP or Unix), and owns the descriptors from now on.
    /// - Throws: `HTTPServerError`; then all of them are closed.
    public func start(listeners: [CInt]) async throws {
        do {
            for descriptor in listeners { try Self.check(descriptor) }
            let loops = try await makeLoops()
            try accept(listeners, loops)
        } catch {
            for descriptor in listeners { Glibc.close(descriptor) }
            throw error
        }
    }

    /// Accepts no more, at once, and closes the listeners. Requests under way are finished, new ones on old connections
    /// are served, and each connection's next answer is its last.
    ///
    /// - Parameter closingIdle: nobody takes over: connections on which nothing comes are closed within a second.
    public func drain(closingIdle: Bool = false) {
        let (acceptor, loops) = state.withLock { state in
            state.isStopping = true
            defer { state.acceptor = nil }
            return (state.acceptor, state.loops)
        }
        // First of all: once nobody gets in any more, each answer says that it is the last.
        settings.draining.set()
        if closingIdle {
            for loop in loops { loop.eventLoop.execute { loop.value.shortenIdleTime() } }
        }
        acceptor?.stop()
    }

    /// Returns when, after `drain`, the last connection is gone. An idle kept-alive one stays until its client sends,
    /// closes, or is silent for too long: bound the wait, then `closeAll`. Returns early if the task is cancelled.
    public func drained() async {
        await state.withLock(\.accepting)?.value
        await census.empty()
    }

    /// Drains if that is not done yet, and cuts every connection: the end of the drain limit.
    public func closeAll() {
        drain()
        for loop in state.withLock(\.loops) { loop.eventLoop.execute { loop.value.closeAll() } }
    }

    /// Cuts everything and returns when nothing is left. May be called at any time, also twice.
    public func shutdown() async {
        closeAll()
        await drained()
    }

    // MARK: Start

    private func makeLoops() async throws -> [NIOLoopBound<LoopState>] {
        var loops: [NIOLoopBound<LoopState>] = []
        for loop in group.makeIterator() {
            let settings = settings
            let counters = counters(of: loop)
            loops.append(
                try await loop.submit {
                    NIOLoopBound(LoopState(loop, settings, counters), eventLoop: loop)
                }.get())
        }
        return loops
    }

    private func accept(_ listeners: [CInt], _ loops: [NIOLoopBound<LoopState>]) throws {
        try state.withLock { state in
            guard !state.isStopping, state.acceptor == nil else { throw HTTPServerError.stopped }
            let setup = ConnectionSetup(loops, census, limit: settings.limits.maxConnections)
            let acceptor = try Acceptor(listeners, settings.logger) { setup.take($0) }
            state.loops = loops
            state.acceptor = acceptor
            state.accepting = Task { await acceptor.run() }
        }
    }

    private static func check(_ descriptor: CInt) throws {
        var listens: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0, listens != 0 else {
            throw HTTPServerError.notListening(descriptor)
        }
    }
}

public enum HTTPServerError: Error, Equatable {
    /// This descriptor is no listening socket.
    case notListening(CInt)
    /// Started before, or `drain` or `shutdown` came first.
    case stopped
    /// An error number of the system.
    case system(CInt)
}
