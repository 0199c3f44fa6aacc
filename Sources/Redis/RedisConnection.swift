import CHiredis
import DaemonKit
import Glibc

/// One connection, used by one thread, which waits in poll: it can be woken and stopped at any time, and no peer can hold
/// it for longer than a deadline.
final class RedisConnection {
    enum Event {
        case ready
        case woken
        case timedOut
    }

    private let context: UnsafeMutablePointer<redisContext>
    private let limits: RedisLimits
    private let waker: Waker
    /// Bytes that came since the last whole answer.
    private var unfinished = 0

    /// Connected, let in, and answering.
    init(_ url: RedisURL, _ limits: RedisLimits, _ waker: Waker) throws(RedisError) {
        try RedisLibrary.load()
        let opened =
            switch url.address {
            case .tcp(let host, let port): martlet_redis_connect_tcp(host, CInt(port))
            case .unix(let path): martlet_redis_connect_unix(path)
            }
        guard let opened else { throw .unavailable("out of memory") }
        (context, self.limits, self.waker) = (opened, limits, waker)
        guard context.pointee.err == 0 else { throw failure }
        _ = fcntl(context.pointee.fd, F_SETFD, FD_CLOEXEC)
        martlet_redis_bound_arrays(context)
        try finishConnecting()
        try greet(url)
    }

    deinit { martlet_redis_free(context) }

    private func finishConnecting() throws(RedisError) {
        let deadline = ContinuousClock.now + limits.connect
        var event = Event.woken
        while event == .woken { event = try wait(for: POLLOUT, until: deadline) }
        guard event == .ready else { throw .unavailable("no connection within \(limits.connect)") }
        var error: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(context.pointee.fd, SOL_SOCKET, SO_ERROR, &error, &size)
        guard error == 0 else { throw .unavailable(String(cString: strerror(error))) }
    }

    /// Password and database, then a PING: while Redis loads its data it accepts connections, but answers with errors.
    private func greet(_ url: RedisURL) throws(RedisError) {
        var commands: [RedisCommand] = []
        if let password = url.password {
            commands.append(
                RedisCommand("AUTH", (url.user.map { [$0] } ?? []).map { Array($0.utf8) } + [Array(password.utf8)]))
        }
        if url.database != 0 { commands.append(RedisCommand("SELECT", "\(url.database)")) }
        commands.append(RedisCommand("PING"))
        let deadline = ContinuousClock.now + limits.command
        try send(commands, until: deadline)
        for command in commands {
            guard case .error(let text) = try reply(until: deadline) else { continue }
            throw .unavailable(Self.refusal(of: command, text))
        }
    }

    /// A server that does not know AUTH repeats its arguments: only what Redis says of passwords itself is passed on.
    private static func refusal(of command: RedisCommand, _ text: String) -> String {
        let name = String(decoding: command.arguments[0], as: UTF8.self)
        let known = ["WRONGPASS ", "NOAUTH ", "ERR AUTH <password> called ", "ERR invalid password"]
        let isSafe = name != "AUTH" || known.contains { text.hasPrefix($0) }
        return "\(name) was refused: \(isSafe ? text : String(text.prefix { $0 != " " }))"
    }

    // MARK: Commands and answers

    /// - Throws: `RedisError`; the connection is then of no use any more.
    func send(_ commands: [RedisCommand], until deadline: ContinuousClock.Instant) throws(RedisError) {
        for command in commands {
            let result = command.withArguments { martlet_redis_append(context, $0, $1, $2) }
            guard result == REDIS_OK else { throw failure }
        }
        while true {
            var isDone: CInt = 0
            guard martlet_redis_buffer_write(context, &isDone) == REDIS_OK else { throw failure }
            if isDone == 1 { return }
            guard try wait(for: POLLOUT, until: deadline) != .timedOut else { throw noAnswer }
        }
    }

    /// The next answer, in the order of the commands.
    /// - Throws: `RedisError`; the connection is then of no use any more.
    func reply(until deadline: ContinuousClock.Instant) throws(RedisError) -> RedisReply {
        while true {
            if let reply = try buffered() { return reply }
            switch try wait(for: POLLIN, until: deadline) {
            case .ready: try receive()
            case .woken: continue
            case .timedOut: throw noAnswer
            }
        }
    }

    /// An answer that has been received; nil if none is whole.
    func buffered() throws(RedisError) -> RedisReply? {
        var reply: UnsafeMutablePointer<redisReply>?
        guard martlet_redis_get_reply(context, &reply) == REDIS_OK else { throw failure }
        guard let reply else { return nil }
        defer { martlet_redis_free_reply(reply) }
        unfinished = 0
        return RedisReply(reply)
    }

    /// Reads once what has come; for when the connection is ready.
    func receive() throws(RedisError) {
        let before = martlet_redis_buffered(context)
        guard martlet_redis_buffer_read(context) == REDIS_OK else { throw failure }
        unfinished += martlet_redis_buffered(context) - before
        guard unfinished <= limits.replyBytes else { throw .tooLarge }
    }

    /// - Throws: `RedisError.stopped` once the waker was stopped.
    func wait(for events: CInt, until deadline: ContinuousClock.Instant) throws(RedisError) -> Event {
        while true {
            var places = [
                pollfd(fd: context.pointee.fd, events: Int16(events), revents: 0),
                pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&places, 2, Waker.milliseconds(until: deadline))
            guard count >= 0 || errno == EINTR else { throw .unavailable("poll: \(String(cString: strerror(errno)))") }
            let isWoken = count > 0 && places[1].revents != 0
            if isWoken { waker.settle() }
            if waker.isStopped { throw .stopped }
            if count > 0, places[0].revents != 0 { return .ready }
            if isWoken { return .woken }
            if ContinuousClock.now >= deadline { return .timedOut }
        }
    }

    private var noAnswer: RedisError { .unavailable("no answer within \(limits.command)") }

    private var failure: RedisError {
        // The reader's word for an array that `martlet_redis_bound_arrays` refused.
        if context.pointee.err == REDIS_ERR_OOM { return .tooLarge }
        return .unavailable(String(cString: martlet_redis_error(context)))
    }
}
