import Synchronization

/// The calls that wait for the client's thread, and those that it has under way.
final class CommandQueue: Sendable {
    struct Call: Sendable {
        let commands: [RedisCommand]
        /// Called once.
        let finished: @Sendable (Result<[RedisReply], RedisError>) -> Void
    }

    private struct State {
        var waiting: [Call] = []
        var commands = 0
        var bytes = 0
        /// In the order in which they were sent.
        var running: [Call] = []
        /// Why nothing is taken in; nil while Redis answers.
        var closed: RedisError? = .unavailable("no connection yet")
    }

    private let state = Mutex(State())
    private let limits: RedisLimits
    private let waker: Waker

    init(_ limits: RedisLimits, _ waker: Waker) { (self.limits, self.waker) = (limits, waker) }

    var isOpen: Bool { state.withLock { $0.closed == nil } }

    /// Refuses at once, on the calling thread, while Redis does not answer or when too much waits.
    func submit(
        _ commands: [RedisCommand], finished: @escaping @Sendable (Result<[RedisReply], RedisError>) -> Void
    ) {
        do throws(RedisError) {
            try append(Call(commands: commands, finished: finished))
            waker.wake()
        } catch {
            finished(.failure(error))
        }
    }

    private func append(_ call: Call) throws(RedisError) {
        let size = call.commands.reduce(0) { $0 + $1.size }
        guard call.commands.allSatisfy({ $0.size <= limits.commandBytes }) else { throw .tooLarge }
        try state.withLock { state throws(RedisError) in
            if let closed = state.closed { throw closed }
            guard state.commands + call.commands.count <= limits.queuedCommands,
                state.bytes + size <= limits.queuedBytes
            else { throw .overloaded }
            state.waiting.append(call)
            state.commands += call.commands.count
            state.bytes += size
        }
    }

    /// The commands to send next; empty when no call waits. Each is to be followed by `answer` or `close`.
    func start() -> [Call] {
        state.withLock { state in
            var commands = 0
            let count = state.waiting.prefix { call in
                commands += call.commands.count
                return commands <= limits.pipelinedCommands
            }.count
            // A call of more commands than are pipelined goes alone.
            let calls = Array(state.waiting.prefix(max(1, count)))
            state.waiting.removeFirst(calls.count)
            state.running = calls
            for call in calls {
                state.commands -= call.commands.count
                state.bytes -= call.commands.reduce(0) { $0 + $1.size }
            }
            return calls
        }
    }

    /// The answers to the first of those that run.
    func answer(_ replies: [RedisReply]) {
        let call = state.withLock { $0.running.isEmpty ? nil : $0.running.removeFirst() }
        call?.finished(.success(replies))
    }

    func open() { state.withLock { $0.closed = nil } }

    /// Refuses all that waits or runs, and what comes from now on.
    func close(_ error: RedisError) {
        let calls = state.withLock { state in
            defer { state = State(closed: error) }
            return state.running + state.waiting
        }
        for call in calls { call.finished(.failure(error)) }
    }
}
