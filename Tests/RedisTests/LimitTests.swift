import DaemonKit
import Testing

@testable import Redis

@Suite("Redis: limits", .timeLimit(.minutes(2)))
struct LimitTests {
    @Test("when too much waits, one more is refused at once; what waits is failed when Redis keeps silent")
    func overflow() async throws {
        let server = try await RedisServer()
        var limits = RedisLimits()
        (limits.queuedCommands, limits.pipelinedCommands) = (10, 1)
        let client = try await RedisClient.connected(server.url(), limits: limits)
        try await server.freeze()
        let outcomes = Recorder<RedisError>()
        for _ in 0..<50 {
            client.submit([RedisCommand("PING")]) { result in
                if case .failure(let error) = result { outcomes.record(error) }
            }
        }
        let refused = outcomes.events
        #expect((39...40).contains(refused.count) && refused.allSatisfy { $0 == .overloaded })
        try await eventually("the others fail") { outcomes.events.count == 50 }
        #expect(
            outcomes.events.dropFirst(refused.count).allSatisfy { $0 == .unavailable("no answer within 0.5 seconds") })
        try await server.thaw()
        try await eventually("it recovers") { (try? await client.get("k")) == .some(nil) }
        await client.stop()
    }

    @Test("bytes that wait are bounded too")
    func overflowOfBytes() async throws {
        let server = try await RedisServer()
        var limits = RedisLimits()
        limits.queuedBytes = 10_000
        let client = try await RedisClient.connected(server.url(), limits: limits)
        await #expect(throws: RedisError.overloaded) {
            _ = try await client.call([
                RedisCommand("SET", [[1], [UInt8](repeating: 1, count: 6000)]),
                RedisCommand("SET", [[1], [UInt8](repeating: 1, count: 6000)]),
            ])
        }
        #expect(try await client.set("k", [UInt8](repeating: 1, count: 9000)))
        await client.stop()
    }

    @Test("a command above the limit is refused and not sent")
    func longCommand() async throws {
        let server = try await RedisServer()
        let client = try await RedisClient.connected(server.url())
        let id = try await client.call("CLIENT", "ID")
        await #expect(throws: RedisError.tooLarge) {
            try await client.set("k", [UInt8](repeating: 1, count: 1 << 20))
        }
        #expect(try await client.get("k") == nil)
        #expect(try await client.call("CLIENT", "ID") == id)
        await client.stop()
    }

    @Test("an answer above the limit ends the connection, which comes back")
    func longAnswer() async throws {
        let server = try await RedisServer()
        let client = try await RedisClient.connected(server.url(), limits: .quick)
        try await client.set("k", [UInt8](repeating: 1, count: 900_000))
        _ = try await client.call("APPEND", "k", String(repeating: "x", count: 900_000))
        _ = try await client.call(RedisCommand("RPUSH", Array(repeating: [1], count: 1026)))
        for command in [RedisCommand("GET", "k"), RedisCommand("LRANGE", [[1], [0x30], Array("-1".utf8)])] {
            try await eventually("up") { client.isUp }
            let error = await #expect(throws: RedisError.self) { try await client.call(command) }
            #expect(error == .tooLarge)
        }
        try await eventually("up") { client.isUp }
        #expect(try await client.call("LLEN", "\u{1}") == .integer(1025))
        _ = try await client.call("RPOP", "\u{1}")
        guard case .array(let all) = try await client.call("LRANGE", "\u{1}", "0", "-1") else {
            throw Missed(description: "LRANGE")
        }
        #expect(all.count == 1024)
        await client.stop()
    }

    @Test("the pauses between attempts double, vary, and stay within their bounds; only what lasted resets them")
    func backoff() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var backoff = Backoff(RedisLimits())
            for step in 0..<12 {
                let longest = min(Duration.milliseconds(100) * (1 << step), .seconds(5))
                let pause = backoff.next(using: &generator)
                #expect(pause <= longest && pause >= longest / 2)
                backoff.connectionEnded(lasted: step.isMultiple(of: 2) ? nil : .seconds(4))
            }
            backoff.connectionEnded(lasted: .seconds(5))
            #expect(backoff.next(using: &generator) <= .milliseconds(100))
        }
    }
}
