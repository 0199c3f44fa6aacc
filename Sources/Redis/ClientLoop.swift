import DaemonKit
import Glibc

/// What the client's thread does: connects, sends what waits, and connects again.
struct ClientLoop: Sendable {
    let connections: ConnectionLoop
    let queue: CommandQueue
    let answers: @Sendable (CommandQueue) -> Void

    func run() {
        connections.run { connection, isUp throws(RedisError) in
            isUp()
            queue.open()
            connections.isUp()
            answers(queue)
            try serve(connection)
        } ended: { error, _ in
            queue.close(error)
            connections.isDown(error)
        }
        queue.close(.stopped)
    }

    private var limits: RedisLimits { connections.limits }

    /// - Throws: `RedisError`, when the connection is at its end.
    private func serve(_ connection: RedisConnection) throws(RedisError) {
        while true {
            let calls = queue.start()
            guard calls.isEmpty else {
                try execute(calls, on: connection)
                continue
            }
            switch try connection.wait(for: POLLIN, until: .now + limits.keepAlive) {
            case .woken: continue
            case .ready:
                // Nothing was asked: this is the end of the connection, most likely.
                try connection.receive()
                guard try connection.buffered() == nil else { throw .unexpected }
            case .timedOut:
                try ping(connection)
                answers(queue)
            }
        }
    }

    private func execute(_ calls: [CommandQueue.Call], on connection: RedisConnection) throws(RedisError) {
        let deadline = ContinuousClock.now + limits.command
        try connection.send(calls.flatMap(\.commands), until: deadline)
        for call in calls {
            var replies: [RedisReply] = []
            for _ in call.commands { replies.append(try connection.reply(until: deadline)) }
            queue.answer(replies)
        }
    }

    private func ping(_ connection: RedisConnection) throws(RedisError) {
        let deadline = ContinuousClock.now + limits.command
        try connection.send([RedisCommand("PING")], until: deadline)
        _ = try connection.reply(until: deadline).checked()
    }
}
