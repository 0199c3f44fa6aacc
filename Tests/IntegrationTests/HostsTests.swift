import Contracts
import FoundationEssentials
import Testing

/// Two whole servers, as on two hosts, on one PostgreSQL and one Redis.
@Suite("Several hosts")
struct HostsTests {
    private struct Hosts {
        let postgres: PostgreSQLHost
        let redis: RedisHost
        let first: Martlet
        let second: Martlet
        /// An administrator's.
        let token: String

        var both: [Martlet] { [first, second] }

        init() async throws {
            postgres = try await PostgreSQLHost()
            redis = try await RedisHost()
            let settings = [
                "DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "OLLAMA_BASE_URLS": "",
                "WEBUI_SECRET_KEY": "the-same-on-every-host-of-the-service", "ENABLE_PERSISTENT_CONFIG": "true",
            ]
            first = try await Martlet.start(file: settings)
            second = try await Martlet.start(file: settings)
            token = try await first.signUp("ada")
            try await untilShared()
        }

        /// Both api daemons have both of their connections.
        func untilShared() async throws {
            for host in both {
                try await eventually("\(host.log)\nRedis answers") {
                    try await host.get("/metrics").body.split(separator: "\n").contains {
                        $0.hasPrefix("martlet_redis_up") && $0.hasSuffix(" 1")
                    }
                }
            }
        }

        func signIn(_ host: Martlet, _ name: String, password: String? = nil) async throws -> HTTP.Answer {
            try await host.post(
                "/api/v1/auths/signin",
                #"{"email":"\#(name)@test.example","password":"\#(password ?? "Secret-\(name)-1")"}"#)
        }

        func stop() async {
            async let one: Void = first.stop()
            async let two: Void = second.stop()
            _ = await (one, two)
            redis.stop()
            await postgres.stop()
        }
    }

    private func lines(_ host: Martlet, with text: String) -> Int {
        host.log.split(separator: "\n").filter { $0.contains(text) }.count
    }

    @Test("what changes on one host holds on the other: settings, roles, keys, sessions")
    func changes() async throws {
        let hosts = try await Hosts()
        let (first, second, token) = (hosts.first, hosts.second, hosts.token)
        // The first account has closed sign-up everywhere.
        let form = #"{"name":"una","email":"una@test.example","password":"Secret-una-1"}"#
        try await eventually("sign-up is closed there too") {
            try await second.post("/api/v1/auths/signup", form).status == 403
        }
        let added = try await first.post(
            "/api/v1/auths/add", token: token,
            #"{"name":"una","email":"una@test.example","password":"Secret-una-1","role":"user"}"#)
        #expect(added.status == 200, "\(added.body)")
        let id = try #require(added.json["id"]?.text)

        // Settings.
        let path = "/api/v1/auths/admin/config"
        var config = try await first.get(path, token: token).json
        #expect(config["ENABLE_SIGNUP"] == .bool(false), "\(config)")
        for isOpen in [true, false, true] {
            guard case .object(var members) = config else { throw Missed("config") }
            members["ENABLE_SIGNUP"] = .bool(isOpen)
            config = .object(members)
            #expect(try await first.post(path, token: token, config.encoded).status == 200)
            try await eventually("it holds there", within: .seconds(3)) {
                try await second.get(path, token: token).json["ENABLE_SIGNUP"] == .bool(isOpen)
            }
        }

        // Roles and accounts: what was remembered there is given up.
        let una = try #require(try await hosts.signIn(second, "una").json["token"]?.text)
        #expect(try await second.get("/api/v1/users/user/settings", token: una).status == 200)
        let update = #"{"name":"una","email":"una@test.example","profile_image_url":"/user.png","role":"pending"}"#
        #expect(try await first.post("/api/v1/users/\(id)/update", token: token, update).status == 200)
        try await eventually("the role holds there", within: .seconds(3)) {
            try await second.get("/api/v1/users/user/settings", token: una).status == 403
        }

        // Sessions: signed out here, over there at the next request.
        let other = try #require(try await hosts.signIn(first, "ada").json["token"]?.text)
        for host in hosts.both { #expect(try await host.get("/api/v1/auths/", token: other).status == 200) }
        #expect(try await first.get("/api/v1/auths/signout", token: other).status == 200)
        try await eventually("the session is over there", within: .seconds(3)) {
            try await second.get("/api/v1/auths/", token: other).status == 401
        }
        for host in hosts.both { #expect(try await host.get("/api/v1/auths/", token: token).status == 200) }
        // Open WebUI, beside them, would know it too.
        try await eventually("it is marked") {
            try await hosts.redis.ask("KEYS", "open-webui:auth:token:*:revoked").contains("revoked")
        }
        for host in hosts.both { #expect(!host.log.contains(RedisHost.password)) }
        #expect(!(try await first.run("config").output.contains(RedisHost.password)))
        let doctor = try await first.run("doctor", "--config", first.directory + "/martlet.env").output
        #expect(doctor.contains("redis: \(hosts.redis.directory)/redis.sock answers"), "\(doctor)")
        await hosts.stop()
    }

    @Test("fifteen attempts to sign in are allowed on both hosts together; without Redis on each")
    func limit() async throws {
        let hosts = try await Hosts()
        for attempt in 0..<15 {
            let answer = try await hosts.signIn(hosts.both[attempt % 2], "ada", password: "wrong")
            #expect(answer.status == 400)
        }
        for host in hosts.both { #expect(try await hosts.signIn(host, "ada").status == 429) }
        #expect(try await hosts.signIn(hosts.second, "otto", password: "wrong").status == 400)
        hosts.redis.kill()
        for host in hosts.both {
            try await eventually("it is noticed") { lines(host, with: "Redis does not answer") == 1 }
        }
        // Eight and seven of them were counted on each host itself.
        var allowed = 0
        for _ in 0..<20 where try await hosts.signIn(hosts.second, "ada", password: "wrong").status == 400 {
            allowed += 1
        }
        #expect(allowed == 8)
        await hosts.stop()
    }

    @Test("Redis goes away: both hosts serve on and say it once, also what they cannot be told holds; it comes back")
    func outage() async throws {
        let hosts = try await Hosts()
        let (first, second, token) = (hosts.first, hosts.second, hosts.token)
        let leaving = try #require(try await hosts.signIn(first, "ada").json["token"]?.text)
        for host in hosts.both { #expect(try await host.get("/api/v1/auths/", token: leaving).status == 200) }
        hosts.redis.kill()
        for host in hosts.both {
            try await eventually("it is noticed") { lines(host, with: "Redis does not answer") == 1 }
            #expect(try await host.get("/api/v1/auths/", token: token).status == 200)
            #expect(try await host.get("/readyz").status != 500)
            #expect(try await hosts.signIn(host, "ada").status == 200)
        }
        // Nothing is remembered while nobody can be heard: the database is asked.
        #expect(try await first.get("/api/v1/auths/signout", token: leaving).status == 200)
        #expect(try await second.get("/api/v1/auths/", token: leaving).status == 401)
        // A setting is saved meanwhile; the other host learns of it when Redis is back.
        let path = "/api/v1/auths/admin/config"
        guard case .object(var config) = try await first.get(path, token: token).json else { throw Missed("config") }
        config["ENABLE_SIGNUP"] = .bool(true)
        #expect(try await first.post(path, token: token, JSONValue.object(config).encoded).status == 200)
        #expect(try await second.get(path, token: token).json["ENABLE_SIGNUP"] == .bool(false))
        try await hosts.redis.start()
        for host in hosts.both {
            try await eventually("its return is said") { lines(host, with: "Redis answers again") == 1 }
            #expect(lines(host, with: "Redis does not answer") == 1)
        }
        try await eventually("what was missed is made up for") {
            try await second.get(path, token: token).json["ENABLE_SIGNUP"] == .bool(true)
        }
        config["ENABLE_SIGNUP"] = .bool(false)
        #expect(try await second.post(path, token: token, JSONValue.object(config).encoded).status == 200)
        try await eventually("sharing works again", within: .seconds(3)) {
            try await first.get(path, token: token).json["ENABLE_SIGNUP"] == .bool(false)
        }
        for host in hosts.both {
            #expect(try await host.status().daemons.allSatisfy { $0.restarts == 0 })
        }
        await hosts.stop()
    }

    @Test("settings that are saved while daemons are handed over hold on the new ones, and stop no hand-over")
    func handOver() async throws {
        let hosts = try await Hosts()
        let path = "/api/v1/auths/admin/config"
        guard case .object(var config) = try await hosts.first.get(path, token: hosts.token).json else {
            throw Missed("config")
        }
        for round in 0..<4 {
            config["ENABLE_SIGNUP"] = .bool(round.isMultiple(of: 2))
            let body = JSONValue.object(config).encoded
            async let saved = Task {
                var statuses: Set<Int> = []
                for _ in 0..<10 {
                    statuses.insert(try await hosts.first.post(path, token: hosts.token, body).status)
                }
                return statuses
            }.value
            for host in hosts.both {
                let answer = try await host.run("restart", "api")
                #expect(answer.code == 0, "\(answer.output)\n\(host.log)")
            }
            #expect(try await saved == [200])
            for host in hosts.both {
                try await eventually("it holds") {
                    try await host.get(path, token: hosts.token).json["ENABLE_SIGNUP"]
                        == .bool(round.isMultiple(of: 2))
                }
            }
        }
        for host in hosts.both { #expect(try await host.status().daemons.allSatisfy { $0.restarts == 0 }) }
        await hosts.stop()
    }

    @Test("a Redis that is not there, or a wrong URL of it, keeps nobody from serving, or is told with what to do")
    func absent() async throws {
        let martlet = try await Martlet.start([
            "OLLAMA_BASE_URLS": "", "REDIS_URL": "redis://:sesame@127.0.0.1:1",
        ])
        let token = try await martlet.signUp("ada")
        #expect(try await martlet.get("/api/v1/auths/", token: token).status == 200)
        try await eventually("it is said") { lines(martlet, with: "Redis does not answer") == 1 }
        #expect(martlet.log.contains("127.0.0.1:1") && !martlet.log.contains("sesame"))
        await martlet.stop()
        for wrong in ["rediss://:sesame@h", "http://sesame", "redis://h:sesame"] {
            let answer = try await Martlet.run(["serve", "--set", "REDIS_URL=\(wrong)", "--data-dir", "/nowhere/x"])
            #expect(answer.code == 78 && answer.output.contains("REDIS_URL") && answer.output.contains("no TLS"))
            #expect(!answer.output.contains("sesame"))
        }
    }
}
