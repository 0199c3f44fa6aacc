import DaemonKit
import Testing

@testable import Redis

@Suite("Redis: commands", .timeLimit(.minutes(2)))
struct CommandTests {
    @Test("keys are set, read, counted and deleted, on a Unix socket")
    func keys() async throws {
        let server = try await RedisServer()
        let client = try await RedisClient.connected(server.url())
        #expect(try await client.get("a") == nil)
        #expect(try await client.set("a", Array("1".utf8)))
        #expect(try await client.get("a") == Array("1".utf8))
        #expect(try await client.set("a", Array("2".utf8), .ifAbsent) == false)
        #expect(try await client.set("b", Array("2".utf8), .ifPresent) == false)
        #expect(try await client.set("b", Array("2".utf8), .ifAbsent))
        #expect(try await client.delete(["a", "b", "c"]) == 2)
        #expect(try await client.delete([]) == 0)
        #expect(try await client.publish("nobody", [1]) == 0)
        await client.stop()
    }

    @Test("a value with an expiry vanishes; a counter does so after its first count, not its last")
    func expiry() async throws {
        let server = try await RedisServer()
        let client = try await RedisClient.connected(server.url())
        try await client.set("short", [1], expiry: .milliseconds(50))
        try await client.set("long", [1], expiry: .seconds(100))
        try await eventually("it vanishes") { try await client.get("short") == nil }
        guard case .integer(let left) = try await client.call("PTTL", "long") else { throw Missed(description: "PTTL") }
        #expect((90_000...100_000).contains(left))
        #expect(try await client.increment("n", expiry: .seconds(100)) == 1)
        _ = try await client.call("PEXPIRE", "n", "5000")
        #expect(try await client.increment("n", expiry: .seconds(100)) == 2)
        guard case .integer(let rest) = try await client.call("PTTL", "n") else { throw Missed(description: "PTTL") }
        #expect(rest <= 5000 && rest > 0)
        await client.stop()
    }

    @Test(
        "any bytes pass through unchanged, in values and in keys",
        arguments: [[], [0], [13, 10], Array(0...255), Array("%s %b%n".utf8), Array(repeating: 0xff, count: 900_000)]
            as [[UInt8]])
    func binary(_ bytes: [UInt8]) async throws {
        let server = try await RedisServer()
        let client = try await RedisClient.connected(server.url())
        try await client.set("k", bytes)
        #expect(try await client.get("k") == bytes)
        let key = Array(bytes.prefix(1000))
        #expect(try await client.call(RedisCommand("SET", [key, bytes])) == .status("OK"))
        #expect(try await client.call(RedisCommand("GET", [key])) == .string(bytes))
        try await client.set("a\r\nb\u{0}%s", [7])
        #expect(try await client.get("a\r\nb\u{0}%s") == [7])
        await client.stop()
    }

    @Test("over TCP, with a password, a user and a database of its own")
    func tcp() async throws {
        let open = try await RedisServer(tcp: true)
        let first = try await RedisClient.connected(RedisURL("redis://\(open.tcp)"))
        let second = try await RedisClient.connected(RedisURL("redis://localhost:\(open.port)/3"))
        try await first.set("k", [1])
        #expect(try await second.get("k") == nil)
        await first.stop()
        await second.stop()

        let closed = try await RedisServer(
            tcp: true, ["--requirepass", "p@ss:w/rd", "--user", "ada on >s%cret ~* &* +@all"])
        for credentials in [":p%40ss%3Aw%2Frd", "default:p%40ss%3Aw%2Frd", "ada:s%25cret"] {
            let client = try await RedisClient.connected(RedisURL("redis://\(credentials)@\(closed.tcp)/1"))
            let name: RedisReply = .string(Array((credentials.hasPrefix("ada") ? "ada" : "default").utf8))
            #expect(try await client.call("ACL", "WHOAMI") == name)
            await client.stop()
        }
    }

    @Test("what Redis objects to is thrown, alone, and answered in its place among others; the connection stays")
    func refused() async throws {
        let server = try await RedisServer()
        let client = try await RedisClient.connected(server.url())
        let id = try await client.call("CLIENT", "ID")
        try await client.set("k", Array("text".utf8))
        let error = await #expect(throws: RedisError.self) { try await client.increment("k", expiry: .seconds(1)) }
        #expect("\(try #require(error))".contains("not an integer"))
        let replies = try await client.call([
            RedisCommand("SET", "a", "1"), RedisCommand("NONSENSE"), RedisCommand("GET", "a"),
            RedisCommand("MGET", "a", "zz"),
        ])
        #expect(replies.count == 4 && replies[0] == .status("OK") && replies[2] == .string([0x31]))
        #expect(replies[1] == .error("ERR unknown command 'NONSENSE', with args beginning with: "))
        #expect(replies[3] == .array([.string([0x31]), .nothing]))
        #expect(try await client.call("CLIENT", "ID") == id)
        await client.stop()
    }

    @Test("hundreds of callers at once each get their own answer")
    func many() async throws {
        let server = try await RedisServer()
        let client = try await RedisClient.connected(server.url())
        try await withThrowingTaskGroup { group in
            for caller in 0..<500 {
                group.addTask {
                    for round in 0..<10 {
                        let value = Array("\(caller)-\(round)".utf8)
                        try await client.set("key-\(caller)", value)
                        guard try await client.get("key-\(caller)") == value else {
                            throw Missed(description: "mixed up")
                        }
                        _ = try await client.increment("all", expiry: .seconds(100))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await client.get("all") == Array("5000".utf8))
        await client.stop()
    }

    @Test("more commands than are pipelined at a time go out in order")
    func order() async throws {
        let server = try await RedisServer()
        var limits = RedisLimits()
        limits.pipelinedCommands = 3
        let client = try await RedisClient.connected(server.url(), limits: limits)
        let results = Recorder<Int64>()
        for _ in 0..<100 {
            client.submit([RedisCommand("INCR", "n"), RedisCommand("INCR", "n")]) { result in
                for case .integer(let value) in (try? result.get()) ?? [] { results.record(value) }
            }
        }
        try await eventually("all are answered") { results.events.count == 200 }
        #expect(results.events == Array(1...200))
        let five = try await client.call((0..<5).map { RedisCommand("ECHO", "\($0)") })
        #expect(five == (0..<5).map { .string(Array("\($0)".utf8)) })
        #expect(try await client.call([]) == [])
        await client.stop()
    }
}
