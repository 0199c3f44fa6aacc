import Contracts
import FoundationEssentials
import Testing

@testable import Identity

/// This server as a client of the authorization servers of tool servers.
@Suite("OAuth: clients of tool servers") struct OAuthClientTests {
    private static let path = "/api/v1/configs/oauth/clients/register"
    private static let secret = "a secret of forty or so characters, or not"

    private static func start() async throws -> (Martlet, token: String) {
        let martlet = try await Martlet.start(
            file: ["OLLAMA_BASE_URLS": "", "OAUTH_CLIENT_INFO_ENCRYPTION_KEY": secret, "OAUTH_TIMEOUT": "2"])
        return (martlet, try await martlet.signUp("ada"))
    }

    /// What a registration has answered, opened.
    private static func information(_ answer: JSONValue) throws -> JSONValue {
        let sealed = try #require(answer["oauth_client_info"]?.text)
        let plain = try #require(Fernet(secret: secret)?.decrypt(sealed))
        return try JSONValue(json: plain)
    }

    @Test(
        "a provider registers this server, which then is its client",
        .enabled(if: OIDCProviderMock.environment != nil))
    func register() async throws {
        let mock = try await OIDCProviderMock.start("--require-registration")
        let (martlet, token) = try await Self.start()
        let body = #"{"url":"\#(mock.url)/mcp","client_id":"weather 1"}"#
        let answer = try await martlet.post(Self.path + "?type=mcp", token: token, body)
        #expect(answer.status == 200 && answer.json["status"] == .bool(true), "\(answer.body)")
        let client = try Self.information(answer.json)
        let callback = "\(martlet.base)/oauth/clients/mcp:weather%201/callback"
        #expect(client["redirect_uris"] == .array([.string(callback)]))
        #expect(client["client_secret"]?.text?.isEmpty == false)
        #expect(client["issuer"] == .string("\(mock.url)/.well-known/openid-configuration"))
        let authorize = try #require(client.value(at: "server_metadata.authorization_endpoint")?.text)
        let id = try #require(client["client_id"]?.text)
        let query = "response_type=code&client_id=\(id)&redirect_uri=\(percentEncoded(callback))&scope=openid"
        #expect(try await Browser().get("\(authorize)?\(query)").status == 200)
        #expect(try await Browser().get("\(authorize)?\(query.replacing(id, with: "other"))").status == 400)
        await martlet.stop()
    }

    @Test("a tool server names its authorization server when it refuses, and that is asked")
    func named() async throws {
        let (stub, other) = (try await ProviderStub.start(), try await ProviderStub.start())
        stub.change { script in
            script.challenge = #"Bearer error="x", resource_metadata="\#(stub.url)/resource""#
            script.resource = .object(["authorization_servers": .array([.string(other.url)])])
        }
        other.change { script in
            script.metadata = [
                "registration_endpoint": .string("\(other.url)/register"),
                "scopes_supported": .array([.string("tools")]),
                "token_endpoint_auth_methods_supported": .array([.string("none")]), "private": .string("x"),
            ]
        }
        let (martlet, token) = try await Self.start()
        let check = #"{"url":"\#(stub.url)/mcp","path":"","type":"mcp","auth_type":"oauth_2.1","key":"","config":{}}"#
        let verified = try await martlet.post("/api/v1/configs/tool_servers/verify", token: token, check)
        #expect(verified.status == 200, "\(verified.body)")
        #expect(verified.json.value(at: "oauth_server_metadata.issuer") == .string(other.url))
        #expect(verified.json.value(at: "oauth_server_metadata.private") == nil)
        let answer = try await martlet.post(
            Self.path, token: token, #"{"url":"\#(stub.url)/mcp","client_id":"t","client_name":"T"}"#)
        let client = try Self.information(answer.json)
        #expect(client["client_id"] == .string("c-1") && client["token_endpoint_auth_method"] == .string("none"))
        let asked = other.state.withLock { $0.lastRegistration }
        #expect(asked["scope"] == .string("tools") && asked["client_name"] == .string("Open WebUI"))
        #expect(asked["redirect_uris"] == .array([.string("\(martlet.base)/oauth/clients/t/callback")]))
        await martlet.stop()
        await stub.stop()
        await other.stop()
    }

    @Test("what refuses, is no server, or never answers is a refusal in time, and tells nothing of the answer")
    func refused() async throws {
        let stub = try await ProviderStub.start()
        let (martlet, token) = try await Self.start()
        func send(_ url: String) async throws -> HTTP.Answer {
            try await martlet.post(Self.path, token: token, #"{"url":"\#(url)","client_id":"t"}"#)
        }
        stub.change { $0.metadata["registration_endpoint"] = .string("\(stub.url)/register") }
        for change: @Sendable (inout ProviderScript) -> Void in [
            { ($0.registration, $0.registrationStatus) = (.object(["error": .string("hush")]), 400) },
            { ($0.registration, $0.registrationStatus) = (.object(["hush": .string("hush")]), 201) },
            { $0.garbage["/register"] = "hush" }, { $0.failing["/register"] = 302 },
            { $0.hanging = ["/register", "/mcp", "/.well-known/openid-configuration"] },
        ] {
            stub.change(change)
            let answer = try await send("\(stub.url)/mcp")
            #expect(answer.status == 400 && !answer.body.contains("hush"), "\(answer.body)")
        }
        for url in ["", "file:///etc/passwd", "http://", "http://127.0.0.1:1/mcp"] {
            #expect(try await send(url).status == 400, "\(url)")
        }
        #expect(try await martlet.post(Self.path, token: token, "{}").status == 422)
        let long = String(repeating: "a", count: 300)
        #expect(
            try await martlet.post(Self.path, token: token, #"{"url":"\#(stub.url)","client_id":"\#(long)"}"#).status
                == 400)
        await martlet.stop()
        await stub.stop()
    }
}
