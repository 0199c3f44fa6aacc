import Contracts
import FoundationEssentials
import NIOCore
import Testing

/// Large bodies cost little: neither time nor memory, nor a large answer.
@Suite("Limits of bodies and of what is stored")
struct BodyLimitTests {
    /// Megabytes of memory of api that stay.
    private func memory(_ martlet: Martlet) async throws -> Int {
        let pid = try #require(try await martlet.status()["api"]?.pid)
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return try #require(line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }) / 1000
    }

    @Test("a body of 10 MB is refused at once on every route, and no memory stays behind")
    func tooLarge() async throws {
        let site = try await BadInputSite.start()
        let large = ByteBuffer(string: "{\"a\":\"" + String(repeating: "x", count: 10 << 20) + "\"}")
        let before = try await memory(site.martlet)
        for route in site.routes {
            let start = ContinuousClock.now
            let answer = try await site.send(route, large)
            #expect(answer.status == 413 && BadInputSite.fault(answer) == nil, "\(route.label): \(answer.status)")
            #expect(start.duration(to: .now) < .seconds(3), "\(route.label)")
        }
        #expect(try await memory(site.martlet) - before < 30)
        #expect(try await site.martlet.get("/api/v1/auths/", token: site.people.admin).status == 200)
        await site.martlet.stop()
    }

    @Test("a form with very many mistakes gets a short answer, and strangers may send short forms only")
    func shortAnswers() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let many = "[" + String(repeating: "5,", count: 200_000) + "5]"
        let group = try await martlet.post(
            "/api/v1/groups/create", token: people.admin, #"{"name":"G","description":"d"}"#)
        let id = try #require(group.json["id"]?.text)
        for (path, body) in [
            ("/api/v1/groups/id/\(id)/users/add", "{\"user_ids\":\(many)}"),
            ("/api/v1/configs/banners", "{\"banners\":\(many)}"), ("/api/v1/groups/create", "{\"x\":\(many)}"),
            ("/api/v1/groups/create", "{\"name\":\(many),\"description\":\"\"}"),
        ] {
            let answer = try await martlet.post(path, token: people.admin, body)
            #expect(answer.status == 422 && BadInputSite.fault(answer) == nil && answer.body.utf8.count < 100_000)
        }
        let long = "{\"x\":\"" + String(repeating: "x", count: 100_000) + "\"}"
        for path in ["signup", "signin", "ldap", "ldap/signin", "oauth/oidc/token/exchange"] {
            let answer = try await martlet.post("/api/v1/auths/\(path)", long)
            #expect(answer.status == 413 && BadInputSite.fault(answer) == nil, "\(path)")
        }
        await martlet.stop()
    }

    @Test("what people and administrators store change by change does not grow without end")
    func growth() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        func text(_ count: Int) -> String { "\"" + String(repeating: "x", count: count) + "\"" }
        for path in ["settings", "info"] {
            func add(_ name: String, _ count: Int) async throws -> HTTP.Answer {
                let url = "/api/v1/users/user/\(path)/update"
                return try await martlet.post(url, token: people.user, "{\"\(name)\":\(text(count))}")
            }
            #expect(try await add("a", 600_000).status == 200)
            let refused = try await add("b", 600_000)
            #expect(refused.status == 413 && BadInputSite.fault(refused) == nil)
            let stored = try await martlet.get("/api/v1/users/user/\(path)", token: people.user).json
            #expect(stored["a"] != nil && stored["b"] == nil)
            #expect(try await add("a", 10).status == 200)
        }
        var status = 200
        for number in 0..<4 where status == 200 {
            let body = "{\"other\":{\"k\(number)\":\(text(1_500_000))}}"
            status = try await martlet.post("/api/v1/configs/update", token: people.admin, body).status
        }
        #expect(status == 413)
        // Other settings can still be saved, and the document can shrink.
        try await martlet.set(#"{"ENABLE_NOTES":false}"#, by: people.admin)
        let smaller = try await martlet.post("/api/v1/configs/import", token: people.admin, #"{"config":{"a":1}}"#)
        #expect(smaller.status == 200)
        await martlet.stop()
    }

    @Test("a document in which settings have no place is refused: they could not be saved any more")
    func places() async throws {
        let people = try await People.start()
        let martlet = people.martlet
        let before = try await martlet.get("/api/v1/configs/export", token: people.admin).body
        for json in ["5", "null", "[]"] {
            for (path, body) in [
                ("update", "{\"ui\":\(json)}"), ("import", "{\"config\":{\"ui\":\(json)}}"),
                ("update", "{\"auth\":{\"x\":1},\"oauth\":\(json)}"),
            ] {
                let answer = try await martlet.post("/api/v1/configs/\(path)", token: people.admin, body)
                #expect(answer.status == 422 && answer.body.contains("dict_type"), "\(path) \(body): \(answer.body)")
            }
        }
        #expect(try await martlet.get("/api/v1/configs/export", token: people.admin).body == before)
        try await martlet.set(#"{"ENABLE_SIGNUP":false}"#, by: people.admin)
        await martlet.stop()
    }
}
