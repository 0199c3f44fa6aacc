import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// API.md, "System", through the real server.
@Suite("System")
struct SystemTests {
    private static let base = "/api/v1/system"
    /// A port that nothing listens on.
    private static let dead = "http://127.0.0.1:9"

    @Test("only administrators see the host's figures, the strategy and the snapshots")
    func roles() async throws {
        let people = try await People.start()
        let adminOnly = [401, 403, 403, 403, 200]
        for (method, path, body) in [
            ("GET", "/metrics", nil), ("GET", "/lb-strategy", nil), ("GET", "/snapshots", nil),
            ("POST", "/lb-strategy", #"{"strategy":"fastest"}"#),
        ] {
            let outcome = try await people.asEverybody(method, Self.base + path, body, mustNotAppear: "strategy\"")
            #expect(outcome.statuses == adminOnly, "\(method) \(path)")
            #expect(outcome.leaks == [])
        }
        for body in [#"{"strategy":"best"}"#, "{}", #"{"strategy":7}"#, "[]"] {
            let answer = try await people.martlet.post(Self.base + "/lb-strategy", token: people.admin, body)
            #expect(answer.status == 422 && answer.json["detail"]?.elements?.isEmpty == false, "\(body)")
        }
        for query in ["limit=0", "limit=501", "limit=x", "since=x", "backend_url=%00"] {
            let answer = try await people.martlet.get(Self.base + "/snapshots?\(query)", token: people.admin)
            #expect(answer.status == 422, "\(query)")
        }
        await people.martlet.stop()
    }

    @Test("the strategy is remembered, holds at once, and says where it comes from")
    func strategy() async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let token = try await martlet.signUp("ada")
        func read() async throws -> (String?, String?) {
            let answer = try await martlet.get(Self.base + "/lb-strategy", token: token)
            let names = answer.json["available"]?.elements?.compactMap(\.text)
            #expect(names == ["fastest", "least_connections", "round_robin"])
            return (answer.json["strategy"]?.text, answer.json["source"]?.text)
        }
        #expect(try await read() == ("least_connections", "env"))
        let set = try await martlet.post(Self.base + "/lb-strategy", token: token, #"{"strategy":"round_robin"}"#)
        #expect(set.body == #"{"saved":true,"strategy":"round_robin"}"#)
        #expect(try await read() == ("round_robin", "database"))
        await martlet.end()
        try await martlet.startAgain(["OLLAMA_BASE_URLS": ""])
        #expect(try await read() == ("round_robin", "database"))
        await martlet.stop()
    }

    @Test("metrics tell of the host, of every server, and of the daemons")
    func metrics() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": "\(stub.url);\(Self.dead)"])
        let token = try await martlet.signUp("ada")
        _ = try await martlet.chat(token: token)
        func read() async throws -> HTTP.Answer { try await martlet.get(Self.base + "/metrics", token: token) }
        try await eventually("both servers were looked at") {
            let backends = try await read().json["ollama_backends"]
            return backends?[stub.url]?["api_ps"]?["models"] != nil && backends?[Self.dead]?["healthy"] == .bool(false)
        }
        let answer = try await read()
        #expect(answer.status == 200)
        let server = try #require(answer.json["server"])
        for key in ["ram_total_gb", "ram_used_gb", "ram_percent", "disk_total_gb", "disk_used_gb", "disk_percent"] {
            #expect((server[key]?.double ?? 0) > 0, "\(key)")
        }
        let backends = try #require(answer.json["ollama_backends"])
        #expect(backends[stub.url]?["healthy"] == .bool(true))
        #expect(backends[stub.url]?["api_ps"]?["models"]?.elements != nil)
        #expect(backends[stub.url]?["total_requests"] == .integer(1))
        #expect(backends[Self.dead]?["healthy"] == .bool(false) && backends[Self.dead]?["api_ps"] == .null)
        let daemons = answer.json["daemons"]?.elements?.compactMap { $0["name"]?.text } ?? []
        #expect(Set(daemons).isSuperset(of: ["api", "ollama-lb-proxy", "snapshot-collector"]))
        try await eventually("CPU time was sampled twice", within: .seconds(30)) {
            let answer = try await martlet.get(Self.base + "/metrics", token: token)
            return (0...100).contains(answer.json["server"]?["cpu_percent"]?.double ?? -1)
        }
        await martlet.stop()
        await stub.stop()
    }

    @Test("each server gets a row at each interval; one that does not answer has nulls")
    func snapshots() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start([
            "OLLAMA_BASE_URLS": "\(stub.url);\(Self.dead)", "BACKEND_SNAPSHOT_INTERVAL": "1",
        ])
        let token = try await martlet.signUp("ada")
        func read(_ query: String = "") async throws -> JSONValue {
            try await martlet.get(Self.base + "/snapshots?\(query)", token: token).json
        }
        try await eventually("there are three rows of each") {
            let found = try await read("limit=3")
            return found["count"] == .integer(6) && found["backends"]?[stub.url]?.elements?.count == 3
        }
        let found = try await read("limit=2")
        #expect(found["count"] == .integer(4))
        let alive = try #require(found["backends"]?[stub.url]?.elements)
        let dead = try #require(found["backends"]?[Self.dead]?.elements?.first)
        let times = alive.compactMap { $0["captured_at"]?.double }
        #expect(times.count == 2 && times[0] > times[1])
        #expect(alive[0]["active_jobs"] == .integer(0) && alive[0]["loaded_models"]?.double != nil)
        #expect((alive[0]["ram_percent"]?.double ?? 0) > 0 && alive[0]["backend_url"]?.text == stub.url)
        for key in ["active_jobs", "queued_jobs", "loaded_models", "vram_used_gb", "avg_tokens_per_second"] {
            #expect(dead[key] == .null, "\(key)")
        }
        let only = try await read("backend_url=\(stub.url)&limit=1")
        #expect(only["count"] == .integer(1) && only["backends"]?[Self.dead] == nil)
        #expect(try await read("since=99999999999")["count"] == .integer(0))
        await martlet.stop()
        await stub.stop()
    }

    @Test("a collector that is replaced takes up where the other stopped, and a proxy that is away costs no row")
    func handOver() async throws {
        let stub = try await OllamaStub.start()
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": stub.url, "BACKEND_SNAPSHOT_INTERVAL": "1"])
        let token = try await martlet.signUp("ada")
        func rows() async throws -> [JSONValue] {
            let answer = try await martlet.get(Self.base + "/snapshots?limit=500", token: token)
            return answer.json["backends"]?[stub.url]?.elements ?? []
        }
        try await eventually("there is a row") { try await !rows().isEmpty }
        #expect(try await martlet.run("restart", "snapshot-collector").code == 0)
        let before = try await rows().count
        try await eventually("the new one goes on") { try await rows().count > before }
        #expect(try await martlet.run("stop", "ollama-lb-proxy").code == 0)
        try await eventually("rows without figures are written") {
            try await rows().first?["active_jobs"] == .null
        }
        await martlet.stop()
        await stub.stop()
    }
}
