import DaemonKit
import Testing

@testable import Redis

@Suite("Redis: subscription", .timeLimit(.minutes(2)))
struct SubscriberTests {
    @Test("messages of the wanted channels come in order, whatever their bytes")
    func messages() async throws {
        let server = try await RedisServer()
        let sender = try await RedisClient.connected(server.url())
        let events = Recorder<RedisSubscriber.Event>()
        let health = RedisHealth(logger: LogRecorder().logger, place: "")
        let subscriber = try RedisSubscriber(server.url(), channels: ["a", "b\r\nc"], health: health) {
            events.record($0)
        }
        try await eventually("subscribed") { events.events == [.resumed] }
        #expect(try await sender.publish("a", [0, 13, 10, 255]) == 1)
        #expect(try await sender.publish("other", [1]) == 0)
        for number in 0..<200 { try await sender.publish("b\r\nc", Array("\(number)".utf8)) }
        try await eventually("all have come") { events.events.count == 202 }
        #expect(events.events[1] == .message(channel: "a", [0, 13, 10, 255]))
        #expect(
            events.events.dropFirst(2) == (0..<200).map { .message(channel: "b\r\nc", Array("\($0)".utf8)) }[...])
        await subscriber.stop()
        await sender.stop()
    }

    @Test("a connection that the server ends comes back, and it is told that messages may be missing")
    func cut() async throws {
        let server = try await RedisServer()
        let sender = try await RedisClient.connected(server.url())
        let events = Recorder<RedisSubscriber.Event>()
        let log = LogRecorder()
        let health = RedisHealth(logger: log.logger, place: "")
        let subscriber = try RedisSubscriber(server.url(), channels: ["a"], limits: .quick, health: health) {
            events.record($0)
        }
        try await eventually("subscribed") { events.events == [.resumed] }
        #expect(try await sender.call("CLIENT", "KILL", "TYPE", "pubsub") == .integer(1))
        try await eventually("subscribed again") { events.events == [.resumed, .lost, .resumed] }
        try await sender.publish("a", [1])
        try await eventually("it comes") { events.events.last == .message(channel: "a", [1]) }
        #expect(log.entries.count == 3)
        await subscriber.stop()
        await sender.stop()
    }

    @Test("a message above the limit ends the connection; it counts as missed")
    func tooLong() async throws {
        let server = try await RedisServer()
        let sender = try await RedisClient.connected(server.url())
        let events = Recorder<RedisSubscriber.Event>()
        var limits = RedisLimits.quick
        limits.replyBytes = 20_000
        let health = RedisHealth(logger: LogRecorder().logger, place: "")
        let subscriber = try RedisSubscriber(server.url(), channels: ["a"], limits: limits, health: health) {
            events.record($0)
        }
        try await eventually("subscribed") { events.events == [.resumed] }
        try await sender.publish("a", [UInt8](repeating: 1, count: 19_000))
        try await eventually("it comes") { events.events.count == 2 }
        try await sender.publish("a", [UInt8](repeating: 1, count: 200_000))
        try await eventually("subscribed again") { events.events.count == 4 }
        #expect(events.events.dropFirst(2) == [.lost, .resumed])
        await subscriber.stop()
        await sender.stop()
    }

    @Test("who may not subscribe is told so")
    func forbidden() async throws {
        let server = try await RedisServer(["--user", "deaf on >p ~* resetchannels +@all"])
        let log = LogRecorder()
        let subscriber = try RedisSubscriber(
            server.url(credentials: "deaf:p@"), channels: ["a"], limits: .quick,
            health: RedisHealth(logger: log.logger, place: "")
        ) { _ in }
        try await eventually("it is said") { log.entries.count == 1 }
        #expect(log.entries[0].contains("NOPERM"))
        await subscriber.stop()
    }
}
