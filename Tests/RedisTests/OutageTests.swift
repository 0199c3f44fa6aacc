import DaemonKit
import Testing

@testable import Redis

@Suite("Redis: it goes away", .timeLimit(.minutes(2)))
struct OutageTests {
    @Test("a killed server is noticed without a call, said once, and so is its return")
    func killed() async throws {
        let server = try await RedisServer()
        let log = LogRecorder()
        let health = RedisHealth(logger: log.logger, place: "here")
        let events = Recorder<RedisSubscriber.Event>()
        let client = try RedisClient(server.url(), limits: .quick, health: health)
        let subscriber = try RedisSubscriber(server.url(), channels: ["c"], limits: .quick, health: health) {
            events.record($0)
        }
        for round in 1...2 {
            try await eventually("both answer") { health.isUp }
            try await server.kill()
            try await eventually("it is noticed") { !client.isUp && events.events.last == .lost }
            // Long enough for some attempts.
            for _ in 0..<20 {
                let error = await #expect(throws: RedisError.self) { try await client.get("k") }
                guard case .unavailable? = error else { throw Missed(description: "\(String(describing: error))") }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(log.entries.count == 2 * round)
            try await server.start()
            try await eventually("it goes on") { health.isUp && events.events.last == .resumed }
            #expect(log.entries.count == 2 * round + 1)
        }
        let kinds = log.entries.map { $0.split(separator: " ").first ?? "" }
        #expect(kinds == ["info", "warning", "notice", "warning", "notice"])
        #expect(log.entries[1].contains("Redis does not answer") && log.entries[1].contains("redis=here why="))
        #expect(log.entries[2].contains("Redis answers again"))
        try await client.publish("c", [1])
        try await eventually("messages come again") { events.events.last == .message(channel: "c", [1]) }
        await client.stop()
        await subscriber.stop()
    }

    @Test("a server that keeps silent: the call fails after the time-out, the next ones at once, until it wakes up")
    func frozen() async throws {
        let server = try await RedisServer()
        let log = LogRecorder()
        let health = RedisHealth(logger: log.logger, place: "here")
        let client = try RedisClient(server.url(), health: health)
        try await eventually("connected") { client.isUp }
        try await server.freeze()
        let first = await time {
            let error = await #expect(throws: RedisError.self) { try await client.get("k") }
            #expect(error == .unavailable("no answer within 0.5 seconds"))
        }
        #expect(first >= .milliseconds(500) && first < .seconds(2))
        let others = await time {
            for _ in 0..<100 { await #expect(throws: RedisError.self) { try await client.get("k") } }
        }
        #expect(others < .milliseconds(400))
        try await server.thaw()
        try await eventually("it goes on") { (try? await client.get("k")) == .some(nil) }
        try await eventually("its return is said") { log.entries.count == 3 }
        await client.stop()
    }

    @Test("a silent peer is noticed by the subscriber, which gets no messages anyway, and by the idle client")
    func silent() async throws {
        let server = try await RedisServer()
        let events = Recorder<RedisSubscriber.Event>()
        let health = RedisHealth(logger: LogRecorder().logger, place: "")
        let subscriber = try RedisSubscriber(server.url(), channels: ["c"], limits: .quick, health: health) {
            events.record($0)
        }
        let client = try RedisClient(server.url(), limits: .quick, health: health)
        try await eventually("both answer") { health.isUp }
        // Several silences with a living peer: they are no outage.
        try await Task.sleep(for: .milliseconds(1000))
        #expect(events.events == [.resumed] && client.isUp)
        try await server.freeze()
        let noticed = try await time { try await eventually("it is noticed") { events.events == [.resumed, .lost] } }
        #expect(noticed < .seconds(2))
        try await eventually("the client notices") { !client.isUp }
        try await server.thaw()
        try await eventually("it goes on") { events.events == [.resumed, .lost, .resumed] && health.isUp }
        await subscriber.stop()
        await client.stop()
    }

    @Test("the defaults notice a dead peer within fifteen seconds")
    func defaults() {
        let limits = RedisLimits()
        #expect(limits.keepAlive * 2 + limits.command < .seconds(15))
        #expect(limits.connect == .seconds(1) && limits.command == .milliseconds(500))
    }

    @Test("a server that is not there at the start is found when it comes")
    func late() async throws {
        let server = try await RedisServer()
        try await server.kill()
        let log = LogRecorder()
        let health = RedisHealth(logger: log.logger, place: "here")
        let client = try RedisClient(server.url(), limits: .quick, health: health)
        await #expect(throws: RedisError.self) { try await client.get("k") }
        try await eventually("it is said") { log.entries.count == 1 }
        try await server.start()
        try await eventually("it is found") { client.isUp && log.entries.count == 2 }
        #expect(log.entries[0].hasPrefix("warning") && log.entries[1].hasPrefix("notice"))
        await client.stop()
    }

    @Test(
        "a server that does not let us in is told with the reason, once, and without the password",
        arguments: [
            (["--requirepass", "right"], ":sesame@", "WRONGPASS"), (["--requirepass", "right"], "", "NOAUTH"),
            (["--requirepass", "right"], "opensesame:sesame@", "WRONGPASS"),
            ([], ":sesame@", "called without any password configured"),
            (["--rename-command", "AUTH", ""], ":sesame@", "AUTH was refused: ERR"),
        ])
    func refused(options: [String], credentials: String, why: String) async throws {
        let server = try await RedisServer(tcp: true, options)
        let log = LogRecorder()
        let health = RedisHealth(logger: log.logger, place: try server.url(credentials: credentials).description)
        let client = try RedisClient(
            RedisURL("redis://\(credentials)\(server.tcp)"), limits: .quick, health: health)
        try await eventually("it is tried several times") { log.everything.split(separator: "\n").count > 3 }
        #expect(log.entries.count == 1 && log.entries[0].hasPrefix("warning"))
        #expect(log.entries[0].contains(why), "\(log.entries)")
        #expect(!log.everything.contains("sesame"))
        let error = await #expect(throws: RedisError.self) { try await client.get("k") }
        #expect(!"\(try #require(error))".contains("sesame"))
        await client.stop()
    }

    @Test(
        "an address where nobody answers is told with the cause",
        arguments: [
            ("redis://:sesame@127.0.0.1:1", "Connection refused"), ("unix:///nonexistent/redis.sock", "No such file"),
            ("redis://nowhere.invalid", ""), ("redis://[::1]:1", "Connection refused"),
        ])
    func unreachable(url: String, cause: String) async throws {
        let log = LogRecorder()
        let address = try RedisURL(url)
        let client = try RedisClient(
            address, limits: .quick, health: RedisHealth(logger: log.logger, place: address.description))
        try await eventually("it is said") { log.entries.count == 1 }
        #expect(cause.isEmpty || log.entries[0].contains(cause))
        #expect(!log.entries[0].contains("sesame"), "\(log.entries)")
        await client.stop()
    }

    @Test("while Redis loads its data it counts as away")
    func loading() async throws {
        // It answers -LOADING: shown with a replica that has lost its master, which answers PING with an error as well.
        let server = try await RedisServer(["--replicaof", "127.0.0.1", "1", "--replica-serve-stale-data", "no"])
        let log = LogRecorder()
        let client = try RedisClient(
            server.url(), limits: .quick, health: RedisHealth(logger: log.logger, place: "here"))
        try await eventually("it is said") { log.entries.count == 1 }
        #expect(log.entries[0].contains("PING was refused: MASTERDOWN"), "\(log.entries)")
        await client.stop()
    }
}
