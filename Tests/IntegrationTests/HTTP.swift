import Contracts
import Egress
import FoundationEssentials
import NIOCore
import Reactor

/// A small HTTP client for tests.
enum HTTP {
    struct Answer: Sendable {
        var status: Int
        var body: String
        var headers: [String: String]

        var json: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: Data(body.utf8))) ?? .null }
        /// The lines of an NDJSON body.
        var lines: [JSONValue] {
            body.split(separator: "\n").map {
                (try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))) ?? .null
            }
        }
    }

    @ReactorActor private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.maxConnections = 0
        configuration.maxConnectionsPerHost = 0
        return HTTPClient(configuration: configuration)
    }()

    /// A failure to connect or a broken answer is thrown.
    @ReactorActor
    static func call(
        _ method: String, _ url: String, token: String? = nil, body json: String? = nil, rawBody: String? = nil,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        let type = json == nil ? [] : [("content-type", "application/json")]
        let bytes = (json ?? rawBody).map { ByteBuffer(string: $0) }
        return try await call(method, url, token: token, bytes: bytes, headers: headers + type)
    }

    /// With a body that need not be text.
    @ReactorActor
    static func call(
        _ method: String, _ url: String, token: String? = nil, bytes: ByteBuffer?, headers: [(String, String)] = []
    ) async throws -> Answer {
        var headers = headers
        if let token { headers.append(("authorization", "Bearer \(token)")) }
        let request = Request(
            method: method, url: url, headers: headers, body: bytes.map { .buffer($0) },
            timeouts: .init(connect: .seconds(10), firstByte: .seconds(60), idle: .seconds(60), total: .seconds(120)))
        let (head, bytes) = try await client.collect(request, limit: 64 << 20)
        var named: [String: String] = [:]
        for (name, value) in head.headers { named[name.lowercased()] = value }
        return Answer(status: head.status, body: String(buffer: bytes), headers: named)
    }

    /// A request whose body comes from `source`, at its pace.
    @ReactorActor
    static func upload(
        _ url: String, token: String, type: String, length: Int, _ source: any UploadSource,
        _ receiver: any ResponseReceiver
    ) -> Exchange {
        client.start(
            Request(
                method: "POST", url: url, headers: [("authorization", "Bearer \(token)"), ("content-type", type)],
                body: .stream(length: length, source), timeouts: .init(firstByte: .seconds(60), idle: .seconds(60))),
            receiver)
    }

    /// A request whose answer the test reads as it likes, and may leave.
    @ReactorActor
    static func open(_ url: String, token: String, body: String, _ receiver: any ResponseReceiver) -> Exchange {
        client.start(
            Request(
                method: "POST", url: url,
                headers: [("authorization", "Bearer \(token)"), ("content-type", "application/json")],
                body: .buffer(ByteBuffer(string: body)), timeouts: .init(firstByte: .seconds(60), idle: .seconds(60))),
            receiver)
    }
}

extension Martlet {
    func get(_ path: String, token: String? = nil) async throws -> HTTP.Answer {
        try await HTTP.call("GET", base + path, token: token)
    }

    func post(_ path: String, token: String? = nil, _ body: String) async throws -> HTTP.Answer {
        try await HTTP.call("POST", base + path, token: token, body: body)
    }

    /// Changes settings of accounts, as an administrator does.
    func set(_ settings: String, by admin: String) async throws {
        let answer = try await post("/api/v1/auths/config/update", token: admin, settings)
        guard answer.status == 200 else { throw Missed("settings: \(answer.status) \(answer.body)") }
    }

    /// The password with which `signUp` signs somebody up.
    func password(_ name: String) -> String { "Secret-\(name)-1" }

    /// Signs somebody up; the token of the session.
    func signUp(_ name: String) async throws -> String {
        let answer = try await post(
            "/api/v1/auths/signup",
            #"{"name":"\#(name)","email":"\#(name)@test.example","password":"\#(password(name))"}"#)
        guard let token = answer.json["token"]?.text else { throw Missed("sign-up: \(answer.status) \(answer.body)") }
        return token
    }

    func chat(token: String, model: String = "stub:1b", tokens: Int? = nil) async throws -> HTTP.Answer {
        let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"hello"}]}"#
        return try await HTTP.call(
            "POST", base + "/ollama/api/chat", token: token, body: body,
            headers: tokens.map { [("x-chunks", String($0))] } ?? [])
    }
}
