import CPostgres
import Glibc

/// One connection to the server, with what it has prepared. It blocks its thread, but never for longer than the limits.
///
/// Unchecked: a Sendable of which only one thread at a time knows, the one that opened it or took it from the pool.
final class PostgreSQLConnection: @unchecked Sendable {
    let url: PostgreSQLURL
    let limits: PostgreSQLLimits
    var statements: StatementCache
    let handle: OpaquePointer
    /// It answered too late, or is otherwise not to be used again.
    private(set) var isGivenUp = false
    /// Asked while the server is waited for; true ends the wait, and the connection with it.
    var isCancelled: (@Sendable () -> Bool)?
    private static let cancelInterval = Duration.milliseconds(100)

    /// Connects and sets up the session.
    /// - Throws: `StorageError`: unavailable.
    init(_ url: PostgreSQLURL, limits: PostgreSQLLimits) throws(StorageError) {
        self.url = url
        self.limits = limits
        statements = StatementCache(capacity: limits.statements)
        handle = try Self.connect(url, limits: limits)
        martlet_pq_silence(handle)
        _ = martlet_pq_setnonblocking(handle, 1)
        do throws(PostgreSQLFailure) { try script(limits.script) } catch { throw error.error }
    }

    deinit { martlet_pq_finish(handle) }

    var isUsable: Bool { !isGivenUp && martlet_pq_status(handle) == CONNECTION_OK }

    var isInTransaction: Bool { martlet_pq_transaction_status(handle) != PQTRANS_IDLE }

    func giveUp() { isGivenUp = true }

    /// Runs statements that take no arguments and whose rows nobody wants.
    func script(_ sql: String) throws(PostgreSQLFailure) {
        try send { martlet_pq_send_query(handle, sql) }
        try drain { (_: OpaquePointer) throws(PostgreSQLFailure) in }
    }

    // MARK: Sending and receiving

    /// Hands a command to libpq and sees it out.
    func send(_ command: () -> Int32) throws(PostgreSQLFailure) {
        guard isUsable, command() == 1 else { throw PostgreSQLFailure(lost: url.description) }
        try flush()
    }

    func flush() throws(PostgreSQLFailure) {
        let deadline = ContinuousClock.now + limits.statement + limits.grace
        while true {
            switch martlet_pq_flush(handle) {
            case 0: return
            // The server may itself be waiting for us to read.
            case 1: try wait(for: POLLIN | POLLOUT, until: deadline)
            default: throw lost()
            }
            if martlet_pq_consume_input(handle) == 0 { throw lost() }
        }
    }

    /// Receives all results of a command, one after the other, each freed after `body`.
    /// - Throws: the first failure among them, after the last: the connection is then free for the next command.
    func drain(_ body: (OpaquePointer) throws(PostgreSQLFailure) -> Void) throws(PostgreSQLFailure) {
        var failure: PostgreSQLFailure?
        while let result = try next() {
            defer { martlet_pq_clear(result) }
            switch martlet_pq_result_status(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY:
                if failure == nil { try body(result) }
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw lost()
            default:
                failure = failure ?? PostgreSQLFailure(result: result, place: url.description)
            }
        }
        if martlet_pq_status(handle) != CONNECTION_OK { throw lost() }
        if let failure { throw failure }
    }

    /// The next result; nil after the last.
    func next() throws(PostgreSQLFailure) -> OpaquePointer? {
        let deadline = ContinuousClock.now + limits.statement + limits.grace
        while martlet_pq_is_busy(handle) != 0 {
            try wait(for: POLLIN, until: deadline)
            // A broken connection still has results: what the server said at last.
            if martlet_pq_consume_input(handle) == 0 { break }
        }
        return martlet_pq_get_result(handle)
    }

    func wait(for events: Int32, until deadline: ContinuousClock.Instant) throws(PostgreSQLFailure) {
        let socket = martlet_pq_socket(handle)
        guard let isCancelled else {
            guard Self.wait(socket, for: events, until: deadline) else { throw lost() }
            return
        }
        while !Self.wait(socket, for: events, until: min(deadline, .now + Self.cancelInterval)) {
            if isCancelled() {
                giveUp()
                throw PostgreSQLFailure(.cancelled)
            }
            guard ContinuousClock.now < deadline else { throw lost() }
        }
    }

    func lost() -> PostgreSQLFailure {
        giveUp()
        return PostgreSQLFailure(lost: url.description)
    }

    /// Whether the socket became ready in time.
    static func wait(_ socket: Int32, for events: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
            let left = (deadline - .now).milliseconds
            guard left > 0 else { return false }
            let count = poll(&entry, 1, Int32(clamping: left))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }
}
