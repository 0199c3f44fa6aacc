import DaemonKit
import Foundation
import Testing

@testable import Redis

@Suite("Redis: the end", .timeLimit(.minutes(2)))
struct StopTests {
    @Test("stopping while calls wait for a silent server ends them and the thread at once")
    func blocked() async throws {
        let server = try await RedisServer()
        var limits = RedisLimits()
        limits.command = .seconds(60)
        let client = try await RedisClient.connected(server.url(), limits: limits)
        try await server.freeze()
        let outcomes = Recorder<RedisError>()
        let ended = Recorder<ContinuousClock.Instant>()
        for _ in 0..<20 {
            client.submit([RedisCommand("PING")]) { result in
                if case .failure(let error) = result { outcomes.record(error) }
                ended.record(.now)
            }
        }
        let start = ContinuousClock.now
        #expect(await client.stop())
        #expect(outcomes.events == Array(repeating: .stopped, count: 20))
        // Taken on the client's thread: other tests may keep this one's busy.
        #expect(ended.events.allSatisfy { $0 - start < .milliseconds(900) })
        await #expect(throws: RedisError.stopped) { try await client.get("k") }
        // A second stop, and the end of the object, find nothing to do.
        #expect(await client.stop())
        try await server.thaw()
    }

    @Test("stopping in the middle of connecting, of greeting, and of a pause ends the thread at once")
    func connecting() async throws {
        let frozen = try await RedisServer()
        try await frozen.freeze()
        var limits = RedisLimits()
        (limits.command, limits.connect) = (.seconds(60), .seconds(60))
        (limits.shortestPause, limits.longestPause) = (.seconds(60), .seconds(60))
        // 192.0.2.0/24 is nobody's (RFC 5737): no answer, or none at all.
        for url in [try frozen.url(), try RedisURL("redis://192.0.2.1"), try RedisURL("unix:///nonexistent/sock")] {
            let health = RedisHealth(logger: LogRecorder().logger, place: "")
            let client = try RedisClient(url, limits: limits, health: health)
            let subscriber = try RedisSubscriber(url, channels: ["c"], limits: limits, health: health) { _ in }
            try await Task.sleep(for: .milliseconds(50))
            #expect(await client.stop())
            #expect(await subscriber.stop())
        }
        try await frozen.thaw()
    }

    @Test("a stopped subscriber calls nobody any more, however many messages come")
    func flood() async throws {
        let server = try await RedisServer()
        let sender = try await RedisClient.connected(server.url())
        let events = Recorder<RedisSubscriber.Event>()
        let health = RedisHealth(logger: LogRecorder().logger, place: "")
        let subscriber = try RedisSubscriber(server.url(), channels: ["c"], health: health) { events.record($0) }
        try await eventually("subscribed") { !events.events.isEmpty }
        let flood = Task {
            while !Task.isCancelled {
                _ = try await sender.call((0..<100).map { _ in RedisCommand("PUBLISH", "c", "x") })
            }
        }
        try await eventually("messages come") { events.events.count > 1000 }
        #expect(await subscriber.stop())
        let count = events.events.count
        try await Task.sleep(for: .milliseconds(100))
        #expect(events.events.count == count)
        flood.cancel()
        _ = await flood.result
        await sender.stop()
    }

    @Test("whoever is let go without a stop ends too; no thread, descriptor or connection is left of hundreds")
    func leaks() async throws {
        let server = try await RedisServer()
        let watcher = try await RedisClient.connected(server.url())
        let before = Self.held()
        for round in 0..<150 {
            let health = RedisHealth(logger: LogRecorder().logger, place: "")
            let client = try RedisClient(server.url(), health: health)
            let subscriber = try RedisSubscriber(server.url(), channels: ["c"], health: health) { _ in }
            if round.isMultiple(of: 2) { try await eventually("up") { health.isUp } }
            if round.isMultiple(of: 3) {
                await client.stop()
                await subscriber.stop()
            }
        }
        try await eventually("all connections but one are gone") {
            (try await watcher.call("CLIENT", "LIST").text ?? "").split(separator: "\n").count == 1
        }
        // Other tests run beside this one and hold some.
        try await eventually("threads and descriptors are gone") {
            let now = Self.held()
            return now.threads < before.threads + 60 && now.descriptors < before.descriptors + 100
        }
        await watcher.stop()
    }

    private static func held() -> (threads: Int, descriptors: Int) {
        func count(_ path: String) -> Int { (try? FileManager.default.contentsOfDirectory(atPath: path))?.count ?? 0 }
        return (count("/proc/self/task"), count("/proc/self/fd"))
    }
}
