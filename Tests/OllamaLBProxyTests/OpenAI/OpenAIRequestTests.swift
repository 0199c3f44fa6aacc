import Contracts
import DaemonKit
import Testing

@testable import OllamaLBProxy

@Suite("Requests to servers with OpenAI's API")
struct OpenAIRequestTests {
    private func connection(_ config: String = "{}", url: String = "http://host/v1", key: String = "sk-key") throws
        -> OpenAIConnection
    {
        OpenAIConnection(index: 0, url: url, key: key, config: try JSONValue(json: config.utf8))
    }

    private func converted(
        _ body: String, model: String, _ connection: OpenAIConnection, path: String = "/chat/completions"
    ) throws -> JSONValue {
        let members = try JSONMembers(body.utf8)
        let result = OpenAIRequestBody(connection: connection, path: path).converted(members, model: model)
        return try JSONValue(json: result.encoded)
    }

    @Test(
        "limits of tokens have the name that the model knows",
        arguments: [
            ("gpt-4o", #"{"max_completion_tokens":5}"#, #"{"max_tokens":5}"#, "http://host/v1"),
            ("gpt-4o", #"{"max_tokens":5}"#, #"{"max_tokens":5}"#, "http://host/v1"),
            ("gpt-4o", #"{"max_completion_tokens":5}"#, #"{"max_completion_tokens":5}"#, "https://api.openai.com/v1"),
            (
                "gpt-4o", #"{"max_tokens":4,"max_completion_tokens":5}"#, #"{"max_completion_tokens":5}"#,
                "https://api.openai.com/v1"
            ),
            ("o1", #"{"max_tokens":5}"#, #"{"max_completion_tokens":5}"#, "http://host/v1"),
            ("O3-mini", #"{"max_tokens":5}"#, #"{"max_completion_tokens":5}"#, "http://host/v1"),
            ("gpt-5-nano", #"{"max_tokens":5}"#, #"{"max_completion_tokens":5}"#, "https://api.openai.com/v1"),
            (
                "o4-mini", #"{"max_tokens":4,"max_completion_tokens":5}"#, #"{"max_completion_tokens":5}"#,
                "http://host/v1"
            ),
        ])
    func limits(_ model: String, _ given: String, _ wanted: String, _ url: String) throws {
        let result = try converted(given, model: model, try connection(url: url))
        #expect(result == (try JSONValue(json: wanted.utf8)).merging(.object(["model": .string(model)])))
    }

    @Test(
        "models that think get the first message in a role that they know",
        arguments: [
            ("o1-mini", "user"), ("o1-preview", "user"), ("o1", "developer"), ("gpt-5", "developer"),
            ("gpt-4o", "system"),
        ])
    func roles(_ model: String, _ role: String) throws {
        let body = #"{"messages":[{"role":"system","content":"s"},{"role":"system","content":"t"}]}"#
        let result = try converted(body, model: model, try connection())
        #expect(result["messages"]?.elements?[0]["role"]?.text == role)
        #expect(result["messages"]?.elements?[1]["role"]?.text == "system")
    }

    @Test("other paths keep their parameters; only the model gets its own name")
    func otherPaths() throws {
        let result = try converted(
            #"{"max_tokens":5,"input":["x"],"model":"lab.o1"}"#, model: "lab.o1",
            try connection(#"{"prefix_id":"lab"}"#),
            path: "/embeddings")
        #expect(result == (try JSONValue(json: #"{"max_tokens":5,"input":["x"],"model":"o1"}"#.utf8)))
    }

    @Test("a prefix is taken off once, at the beginning")
    func prefix() throws {
        let connection = try connection(#"{"prefix_id":"a"}"#)
        #expect(connection.plain("a.a.x") == "a.x")
        #expect(connection.plain("b.a.x") == "b.a.x")
        #expect(connection.listed("x") == "a.x")
    }

    @Test(
        "biases that people wrote become an object",
        arguments: [
            ("50256:-100, 7 : 300", #"{"50256":-100,"7":100}"#), (#"{"1":2}"#, #"{"1":2}"#), ("nonsense", nil),
        ] as [(String, String?)])
    func logitBias(_ text: String, _ wanted: String?) throws {
        let result = try converted("{\"logit_bias\":\(JSONText.quoted(text))}", model: "m", try connection())
        #expect(result["logit_bias"] == (try wanted.map { try JSONValue(json: $0.utf8) }))
    }

    @Test("Azure gets what its version knows, its key and its version, and the model in the path")
    func azure() throws {
        let connection = try connection(
            #"{"azure":true,"api_version":"2024-02-01"}"#, url: "https://lab.openai.azure.com/")
        let body =
            #"{"model":"o3","messages":[],"temperature":0.5,"max_tokens":3,"stream_options":{},"metadata":{"a":"b"}}"#
        #expect(
            try converted(body, model: "o3", connection)
                == (try JSONValue(json: #"{"messages":[],"max_completion_tokens":3}"#.utf8)))
        #expect(
            OpenAIRequestURL.url(connection, path: "/chat/completions", model: "o3 x")
                == "https://lab.openai.azure.com/openai/deployments/o3%20x/chat/completions?api-version=2024-02-01")
        #expect(
            OpenAIRequestURL.url(connection, path: "/responses?a=b", model: "o3")
                == "https://lab.openai.azure.com/openai/responses?a=b&api-version=2024-02-01")
        let headers = try OpenAIHeaders(connection: connection, asker: .init(), settings: Settings()).headers([])
        #expect(headers.first { $0.0 == "api-key" }?.1 == "sk-key")
        #expect(headers.first { $0.0 == "api-version" }?.1 == "2024-02-01")
        #expect(!headers.contains { $0.0 == "authorization" })
    }

    @Test("newer versions of Azure may be asked for the counts of a stream")
    func azureStreamOptions() throws {
        let connection = try connection(#"{"azure":true,"api_version":"2024-10-21"}"#)
        let result = try converted(#"{"stream_options":{"include_usage":true},"x":1}"#, model: "m", connection)
        #expect(result == (try JSONValue(json: #"{"stream_options":{"include_usage":true}}"#.utf8)))
    }

    @Test(
        "each kind of credentials goes into its header, and none where there is none",
        arguments: [
            (nil, "Bearer sk-key"), ("bearer", "Bearer sk-key"), ("none", nil), ("session", "Bearer of-session"),
            ("system_oauth", "Bearer of-provider"),
        ] as [(String?, String?)])
    func credentials(_ kind: String?, _ wanted: String?) throws {
        var asker = OpenAIAsker()
        asker.sessionToken = "of-session"
        asker.oauthToken = "of-provider"
        let connection = try connection(kind.map { #"{"auth_type":"\#($0)"}"# } ?? "{}")
        let headers = try OpenAIHeaders(connection: connection, asker: asker, settings: Settings()).headers([])
        #expect(headers.first { $0.0 == "authorization" }?.1 == wanted)
    }

    @Test("credentials that cannot be had are told, not left out")
    func unknownCredentials() throws {
        let connection = try connection(#"{"auth_type":"azure_ad"}"#)
        #expect(throws: OpenAIHeaders.Refusal.authentication("azure_ad")) {
            try OpenAIHeaders(connection: connection, asker: .init(), settings: Settings()).headers([])
        }
    }

    @Test("configured headers win, their placeholders are filled in once, and no line can be broken")
    func headers() throws {
        var asker = OpenAIAsker()
        asker.id = "u1"
        asker.name = "Ada {{USER_ID}} Löv"
        asker.email = "a@b\r\nX-Evil: 1"
        asker.chatID = "c1"
        let connection = try connection(
            #"{"headers":{"Authorization":"Key {{USER_ID}}","X-Who":"{{USER_NAME}}|{{USER_EMAIL}}|{{CHAT_ID}}|{{OTHER}}"}}"#
        )
        let headers = try OpenAIHeaders(connection: connection, asker: asker, settings: Settings())
            .headers([("accept", "x")])
        #expect(headers.map(\.0) == ["accept", "Authorization", "X-Who"])
        #expect(headers[1].1 == "Key u1")
        #expect(headers[2].1 == "Ada %7B%7BUSER_ID%7D%7D L%C3%B6v|a%40b%0D%0AX-Evil%3A%201|c1|{{OTHER}}")
    }

    @Test("who asks is told only where it is switched on, in the configured headers")
    func forwarding() throws {
        var asker = OpenAIAsker()
        (asker.id, asker.name, asker.email, asker.role) = ("u1", "Ada L", "a@b", "user")
        let connection = try connection()
        let quiet = try OpenAIHeaders(connection: connection, asker: asker, settings: Settings()).headers([])
        #expect(quiet.map(\.0) == ["authorization"])
        let settings = Settings(values: [
            "ENABLE_FORWARD_USER_INFO_HEADERS": .init(value: "true", source: "test"),
            "FORWARD_USER_INFO_HEADER_USER_ID": .init(value: "X-Id", source: "test"),
        ])
        let told = try OpenAIHeaders(connection: connection, asker: asker, settings: settings).headers([])
        let named = Dictionary(uniqueKeysWithValues: told.map { ($0.0, $0.1) })
        #expect(named["X-Id"] == "u1" && named["X-OpenWebUI-User-Name"] == "Ada L")
        #expect(named["X-OpenWebUI-User-Email"] == "a@b" && named["X-OpenWebUI-User-Role"] == "user")
        #expect(named["X-OpenWebUI-Chat-Id"] == nil)
    }

    @Test(
        "a path stays below the base address",
        arguments: [
            ("/chat/completions", true), ("/a/b.c?x=../y", true), ("/files/file-1", true), ("/..", false),
            ("/a/../../b", false), ("/a/%2e%2E/b", false), ("/a/%2fb", false), ("//host/x", false), ("/a\\b", false),
            ("x", false), ("/./x", false), ("/a#b", false),
        ])
    func confined(_ path: String, _ isConfined: Bool) {
        #expect(OpenAIRequestURL.isConfined(path) == isConfined)
    }
}
