import Synchronization

/// The connections of an engine. As many are out as threads use them; the last used is given out first, so that a quiet
/// daemon keeps few alive.
final class ConnectionPool: Sendable {
    private struct State {
        var idle: [PostgreSQLConnection] = []
        var out = 0
        var isClosed = false
        var policy = ReconnectPolicy()
        /// Why the server could not be reached last time.
        var lastError: StorageError?
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    let url: PostgreSQLURL
    private let limits: PostgreSQLLimits
    private let state = Mutex(State())

    init(_ url: PostgreSQLURL, limits: PostgreSQLLimits) {
        self.url = url
        self.limits = limits
    }

    /// A connection, to be given back; `isFresh` if it was opened just now. Blocks for the time of connecting.
    /// - Throws: `StorageError`: unavailable (at once while the server is known to be down), closed.
    func take() throws(StorageError) -> (connection: PostgreSQLConnection, isFresh: Bool) {
        let connection = try state.withLock { state throws(StorageError) in
            guard !state.isClosed else { throw .closed }
            let connection = state.idle.popLast()
            guard connection != nil || state.policy.mayConnect(now: .now) else {
                throw state.lastError ?? .lost(url.description)
            }
            state.out += 1
            return connection
        }
        guard let connection else { return (try open(), true) }
        return (connection, false)
    }

    private func open() throws(StorageError) -> PostgreSQLConnection {
        do throws(StorageError) {
            let connection = try PostgreSQLConnection(url, limits: limits)
            state.withLock { $0.policy.succeeded() }
            return connection
        } catch {
            state.withLock { state in
                state.policy.failed(now: .now)
                state.lastError = error
            }
            giveBack(nil)
            throw error
        }
    }

    /// Keeps it for the next; nil, or one that is broken or still in a transaction, is not kept.
    func giveBack(_ connection: PostgreSQLConnection?) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.out -= 1
            if let connection, !state.isClosed, connection.isUsable, !connection.isInTransaction {
                state.idle.append(connection)
            }
            return state.out == 0 ? Self.takeAll(&state.closing) : []
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Ends the idle ones: they are as old as one that turned out to be dead.
    func dropIdle() { _ = state.withLock { Self.takeAll(&$0.idle) } }

    /// Ends all; waits for those that are out.
    func close() async {
        await withCheckedContinuation { continuation in
            let (idle, isDone) = state.withLock { state in
                state.isClosed = true
                if state.out > 0 { state.closing.append(continuation) }
                return (Self.takeAll(&state.idle), state.out == 0)
            }
            _ = idle
            if isDone { continuation.resume() }
        }
    }

    private static func takeAll<Element>(_ elements: inout [Element]) -> [Element] {
        defer { elements = [] }
        return elements
    }
}
