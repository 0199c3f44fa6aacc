import DaemonKit
import Foundation
import Testing

@testable import Redis

@Suite("What hosts share", .timeLimit(.minutes(2)))
struct SharedStateTests {
    /// Two hosts that have subscribed, and somebody who looks into Redis.
    private struct Hosts {
        let server: RedisServer
        let log = [LogRecorder(), LogRecorder()]
        let told = [Recorder<SharedEvent>(), Recorder<SharedEvent>()]
        let states: [SharedState]
        let redis: RedisClient

        var first: SharedState { states[0] }
        var second: SharedState { states[1] }

        init(_ options: [String] = [], credentials: String = "") async throws {
            server = try await RedisServer(options)
            var states: [SharedState] = []
            for host in 0..<2 {
                let told = told[host]
                let url = try server.url(credentials: host == 0 ? credentials : "")
                states.append(
                    try SharedState(url, prefix: "open-webui", limits: .quick, logger: log[host].logger) {
                        told.record($0)
                    })
            }
            self.states = states
            redis = try await RedisClient.connected(server.url())
            let (told, all) = (told, states)
            try await eventually("subscribed") {
                all.allSatisfy { $0.isUp } && told.allSatisfy { $0.events == [.anything] }
            }
            for recorder in told { recorder.removeAll() }
        }

        func stop() async {
            for state in states { await state.stop() }
            await redis.stop()
        }

        func keys() async throws -> [String] {
            guard case .array(let keys) = try await redis.call("KEYS", "*") else { return [] }
            return keys.compactMap(\.text)
        }
    }

    @Test("what one host tells comes to the other, in order, and not back to itself")
    func events() async throws {
        let hosts = try await Hosts()
        let events: [SharedEvent] = [
            .settingsChanged(["ui.enable_signup", "ollama.base_urls"]), .accountChanged(userID: "é\"\n"),
            .sessionRevoked(jti: "j"), .anything, .settingsChanged([]),
        ]
        for event in events { hosts.first.publish(event) }
        try await eventually("they come") { hosts.told[1].events.count == events.count }
        #expect(hosts.told[1].events == events)
        hosts.second.publish(.accountChanged(userID: "x"))
        try await eventually("it comes back") { hosts.told[0].events == [.accountChanged(userID: "x")] }
        #expect(hosts.told[1].events == events)
        await hosts.stop()
    }

    @Test("what is no event, or none of this version, is passed over")
    func foreign() async throws {
        let hosts = try await Hosts()
        let channel = "open-webui:martlet:events"
        for text in [
            "", "{}", "null", "[]", "\u{0}", #"{"from":"x"}"#, #"{"from":"x","type":"later"}"#,
            #"{"from":1,"type":"account","id":"u"}"#, #"{"from":"x","type":"account"}"#,
            #"{"from":"x","type":"settings","keys":"k"}"#, String(repeating: "[", count: 30_000),
        ] { try await hosts.redis.publish(channel, Array(text.utf8)) }
        try await hosts.redis.publish(channel, [0xff, 0xfe])
        try await hosts.redis.publish(
            channel, Array(#"{"from":"x","type":"account","id":"u","more":[1]}"#.utf8))
        try await eventually("the last one comes") { !hosts.told[0].events.isEmpty }
        #expect(hosts.told[0].events == [.accountChanged(userID: "u")])
        await hosts.stop()
    }

    @Test("an event that is too long for a message says that anything may have changed")
    func long() async throws {
        let hosts = try await Hosts()
        hosts.first.publish(.settingsChanged((0..<5000).map { "some.rather.long.key.\($0)" }))
        try await eventually("it comes") { hosts.told[1].events == [.anything] }
        await hosts.stop()
    }

    @Test("what could not be told while Redis was away is made up for as soon as it answers")
    func madeUp() async throws {
        let hosts = try await Hosts(["--user", "ada on >p ~* &* +@all"], credentials: "ada:p@")
        // Only the first host is shut out: the second one's subscription stays.
        _ = try await hosts.redis.call("ACL", "SETUSER", "ada", "off")
        _ = try await hosts.redis.call("CLIENT", "KILL", "USER", "ada")
        try await eventually("it is out") { !hosts.first.client.isUp }
        hosts.first.publish(.accountChanged(userID: "a"))
        hosts.first.publish(.accountChanged(userID: "b"))
        #expect(hosts.told[1].events.isEmpty)
        _ = try await hosts.redis.call("ACL", "SETUSER", "ada", "on")
        try await eventually("it is told") { hosts.told[1].events == [.anything] }
        try await eventually("it hears again, too") { hosts.told[0].events == [.anything] }
        hosts.first.publish(.accountChanged(userID: "c"))
        try await eventually("it goes on") { hosts.told[1].events == [.anything, .accountChanged(userID: "c")] }
        #expect(hosts.log[0].entries.count == 3 && hosts.log[1].entries.count == 1)
        await hosts.stop()
    }

    @Test("Redis' rights as docs/OPERATIONS.md gives them are enough; without that of publishing it is said once")
    func rights() async throws {
        let rule =
            "ada on >p ~open-webui:* &open-webui:* +auth +select +ping +get +set +del +eval +time +hgetall "
            + "+hdel +hincrby +expire +publish +subscribe"
        let hosts = try await Hosts(["--user", rule], credentials: "ada:p@")
        #expect(await hosts.first.allowSignIn(email: "a@b.c") == true)
        try await hosts.first.revoke(jti: "j", lifetime: .seconds(10))
        #expect(await hosts.first.isRevoked(jti: "j") == true)
        hosts.first.publish(.sessionRevoked(jti: "j"))
        try await eventually("it is told") { hosts.told[1].events == [.sessionRevoked(jti: "j")] }
        _ = try await hosts.redis.call("ACL", "SETUSER", "ada", "-publish")
        for _ in 0..<3 { hosts.first.publish(.anything) }
        try await eventually("it is said") { hosts.log[0].entries.count == 2 }
        #expect(hosts.log[0].entries[1].hasPrefix("error Redis refuses events"))
        _ = try await hosts.redis.call("ACL", "SETUSER", "ada", "+publish")
        try await eventually("it is made up for") { hosts.told[1].events.last == .anything }
        #expect(hosts.log[0].entries.count == 2)
        await hosts.stop()
    }

    // MARK: Sessions

    @Test("an ended session has Open WebUI's key, which lasts as long as the token; one of Open WebUI's is seen")
    func sessions() async throws {
        let hosts = try await Hosts()
        #expect(await hosts.second.isRevoked(jti: "a-1") == false)
        try await hosts.first.revoke(jti: "a-1", lifetime: .seconds(1000))
        #expect(await hosts.second.isRevoked(jti: "a-1") == true)
        #expect(try await hosts.keys() == ["open-webui:auth:token:a-1:revoked"])
        #expect(try await hosts.redis.get("open-webui:auth:token:a-1:revoked") == Array("1".utf8))
        guard case .integer(let left) = try await hosts.redis.call("TTL", "open-webui:auth:token:a-1:revoked") else {
            throw Missed(description: "TTL")
        }
        #expect((900...1000).contains(left))
        _ = try await hosts.redis.call("SET", "open-webui:auth:token:theirs:revoked", "1", "EX", "100")
        #expect(await hosts.first.isRevoked(jti: "theirs") == true)
        await hosts.stop()
    }

    @Test("a session without a name, or one that is over, needs no mark")
    func noMark() async throws {
        let hosts = try await Hosts()
        try await hosts.first.revoke(jti: "", lifetime: .seconds(1000))
        try await hosts.first.revoke(jti: "over", lifetime: .zero)
        try await hosts.first.revoke(jti: "over", lifetime: .seconds(-5))
        #expect(try await hosts.keys().isEmpty)
        #expect(await hosts.first.isRevoked(jti: "") == false)
        await hosts.stop()
    }

    // MARK: Sign-ins

    @Test("fifteen sign-ins of an e-mail are allowed on all hosts together, in any spelling; others do not suffer")
    func signIns() async throws {
        let hosts = try await Hosts()
        for attempt in 0..<15 {
            let email = attempt.isMultiple(of: 3) ? "ADA@Lab.Test" : "ada@lab.test"
            #expect(await hosts.states[attempt % 2].allowSignIn(email: email) == true)
        }
        for state in hosts.states {
            #expect(await state.allowSignIn(email: "ada@lab.test") == false)
            #expect(await state.allowSignIn(email: "otto@lab.test") == true)
        }
        let keys = try await hosts.keys()
        #expect(keys.count == 2 && keys.allSatisfy { $0.hasPrefix("open-webui:martlet:signin:") && !$0.contains("@") })
        for key in keys {
            guard case .integer(let left) = try await hosts.redis.call("TTL", key) else {
                throw Missed(description: "TTL")
            }
            #expect((230...240).contains(left))
        }
        await hosts.stop()
    }

    @Test("many sign-ins at once on both hosts: exactly fifteen come through")
    func race() async throws {
        let hosts = try await Hosts()
        let allowed = await withTaskGroup(of: Bool?.self) { group in
            for attempt in 0..<200 {
                group.addTask { await hosts.states[attempt % 2].allowSignIn(email: "ada@lab.test") }
            }
            return await group.reduce(0) { $0 + ($1 == true ? 1 : 0) }
        }
        #expect(allowed == 15)
        await hosts.stop()
    }

    @Test("counts of the current bucket and of the three before weigh, older ones vanish; refused attempts add nothing")
    func window() async throws {
        let hosts = try await Hosts()
        guard case .array(let time) = try await hosts.redis.call("TIME"), let now = time[0].text.flatMap({ Int($0) })
        else { throw Missed(description: "TIME") }
        var rule = SignInRule()
        // Long buckets, and no end of one near.
        rule.bucketSeconds = [1000, 1300, 1700].first { (200..<($0 - 200)).contains(now % $0) } ?? 2000
        let bucket = now / rule.bucketSeconds
        #expect(await hosts.first.allowSignIn(email: "a@b.c", rule: rule) == true)
        let key = try #require(try await hosts.keys().first)
        for (age, count, expected) in [(4, 15, true), (3, 13, false), (3, 12, true), (1, 13, false), (0, 15, false)] {
            _ = try await hosts.redis.call("DEL", key)
            _ = try await hosts.redis.call("HSET", key, "\(bucket)", "2")
            _ = try await hosts.redis.call("HSET", key, "\(bucket - age)", "\(count)")
            let before = try await hosts.redis.call("HGETALL", key)
            #expect(await hosts.second.allowSignIn(email: "a@b.c", rule: rule) == expected, "\(age) \(count)")
            let after = try await hosts.redis.call("HGETALL", key)
            #expect((before == after) == !expected)
            if age == 4 { #expect(after == .array([.string(Array("\(bucket)".utf8)), .string([0x33])])) }
        }
        await hosts.stop()
    }

    @Test("a key vanishes when its last count weighs nothing any more")
    func vanishing() async throws {
        let hosts = try await Hosts()
        var rule = SignInRule()
        (rule.limit, rule.bucketSeconds, rule.buckets) = (1000, 1, 1)
        #expect(await hosts.first.allowSignIn(email: "a@b.c", rule: rule) == true)
        try await eventually("nothing is left") { try await hosts.keys().isEmpty }
        await hosts.stop()
    }

    @Test("while Redis is away every question is answered at once, by not knowing")
    func away() async throws {
        let hosts = try await Hosts()
        try await hosts.server.kill()
        try await eventually("it is noticed") { hosts.states.allSatisfy { !$0.isUp && !$0.client.isUp } }
        let taken = await time {
            #expect(await hosts.first.isRevoked(jti: "j") == nil)
            #expect(await hosts.first.allowSignIn(email: "a@b.c") == nil)
            await #expect(throws: RedisError.self) { try await hosts.first.revoke(jti: "j", lifetime: .seconds(1)) }
            hosts.first.publish(.anything)
        }
        #expect(taken < .milliseconds(200))
        await hosts.stop()
    }

    @Test("a key of another kind in the way is not fatal: Redis does not say")
    func wrongType() async throws {
        let hosts = try await Hosts()
        #expect(await hosts.first.allowSignIn(email: "a@b.c") == true)
        let key = try #require(try await hosts.keys().first)
        _ = try await hosts.redis.call("SET", key, "x")
        #expect(await hosts.first.allowSignIn(email: "a@b.c") == nil)
        await hosts.stop()
    }
}
