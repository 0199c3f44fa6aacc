import DaemonKit
import Glibc

/// What the subscriber's thread does: subscribes, passes on, and subscribes again.
struct SubscriberLoop: Sendable {
    let connections: ConnectionLoop
    let channels: [String]
    let received: @Sendable (RedisSubscriber.Event) -> Void

    func run() {
        connections.run { connection, isUp throws(RedisError) in
            try subscribe(connection)
            isUp()
            // First what was remembered is given up, then it may be relied on again.
            received(.resumed)
            connections.isUp()
            try listen(connection)
        } ended: { error, wasUp in
            connections.isDown(error)
            if error != .stopped, wasUp { received(.lost) }
        }
    }

    private var limits: RedisLimits { connections.limits }

    private func subscribe(_ connection: RedisConnection) throws(RedisError) {
        let deadline = ContinuousClock.now + limits.command
        try connection.send([RedisCommand("SUBSCRIBE", channels.map { Array($0.utf8) })], until: deadline)
        for channel in channels {
            let reply = try connection.reply(until: deadline).checked()
            guard case .array(let parts) = reply, parts.count == 3, parts[0].text == "subscribe",
                parts[1].text == channel
            else { throw .unexpected }
        }
    }

    /// - Throws: `RedisError`, when the connection is at its end.
    private func listen(_ connection: RedisConnection) throws(RedisError) {
        var lastSign = ContinuousClock.now
        var isAsked = false
        while true {
            while let reply = try connection.buffered() { try pass(reply) }
            switch try connection.wait(for: POLLIN, until: lastSign + limits.keepAlive * (isAsked ? 2 : 1)) {
            case .woken: continue
            case .ready:
                try connection.receive()
                (lastSign, isAsked) = (.now, false)
            case .timedOut:
                guard !isAsked else { throw .unavailable("no sign of life for \(limits.keepAlive * 2)") }
                isAsked = true
                try connection.send([RedisCommand("PING")], until: .now + limits.command)
            }
        }
    }

    private func pass(_ reply: RedisReply) throws(RedisError) {
        // Also "pong", and what Redis tells of subscriptions.
        guard case .array(let parts) = try reply.checked() else { throw .unexpected }
        guard parts.count == 3, parts[0].text == "message", let channel = parts[1].text,
            case .string(let bytes) = parts[2]
        else { return }
        received(.message(channel: channel, bytes))
    }
}
