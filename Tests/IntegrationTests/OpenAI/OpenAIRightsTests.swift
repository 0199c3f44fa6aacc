import Contracts
import FoundationEssentials
import OllamaStub
import Testing

/// Each route as guest, pending, user with a grant, other user and administrator.
@Suite("Rights on OpenAI's routes")
struct OpenAIRightsTests {
    @Test("connections and their keys are administrators' business")
    func settings() async throws {
        let lab = try await OpenAILab.start()
        let body = #"{"OPENAI_API_BASE_URLS":[],"OPENAI_API_KEYS":[],"OPENAI_API_CONFIGS":{}}"#
        let verify = #"{"url":"\#(lab.first.url)","key":"\#(OpenAILab.key)"}"#
        for (method, path, body) in [
            ("GET", "/openai/config", nil), ("GET", "/openai/urls", nil), ("GET", "/openai/keys", nil),
            ("POST", "/openai/verify", verify), ("POST", "/openai/urls/update", #"{"OPENAI_API_BASE_URLS":[]}"#),
            ("POST", "/openai/keys/update", #"{"OPENAI_API_KEYS":[]}"#), ("POST", "/openai/config/update", body),
        ] as [(String, String, String?)] {
            let (statuses, leaks) = try await lab.people.asEverybody(
                method, path, body, mustNotAppear: OpenAILab.key)
            #expect(statuses == [401, 403, 403, 403, 200], "\(method) \(path)")
            #expect(leaks.isEmpty)
        }
        await lab.stop()
    }

    @Test("a model is used by those who may use it; to others it is not there")
    func models() async throws {
        let lab = try await OpenAILab.start()
        for (path, rest) in [
            ("/openai/chat/completions", #""messages":[]"#), ("/openai/completions", #""prompt":"x""#),
            ("/openai/embeddings", #""input":"x""#), ("/openai/responses", #""input":"x""#),
        ] {
            for (model, statuses) in [
                ("shared", [401, 403, 200, 200, 200]), ("unas", [401, 403, 200, 404, 200]),
                ("secret", [401, 403, 404, 404, 200]),
            ] {
                let result = try await lab.people.asEverybody(
                    "POST", path, "{\"model\":\"\(model)\",\(rest)}", mustNotAppear: "word0")
                #expect(result.statuses == statuses, "\(path) \(model)")
                #expect(result.leaks.isEmpty)
            }
        }
        await lab.stop()
    }

    @Test("lists hold what the caller may use")
    func lists() async throws {
        let lab = try await OpenAILab.start()
        for path in ["/openai/models", "/openai/models/0"] {
            #expect(try await lab.people.asEverybody("GET", path).statuses == [401, 403, 200, 200, 200])
            #expect(try await lab.ids(by: lab.people.user, path) == ["shared", "unas"])
            #expect(try await lab.ids(by: lab.people.other, path) == ["shared"])
        }
        let one = try await lab.people.asEverybody("GET", "/openai/models/unas", mustNotAppear: "owned_by")
        #expect(one.statuses == [401, 403, 200, 404, 200] && one.leaks.isEmpty)
        await lab.stop()
    }

    @Test("a grant that is taken back holds no more at the next request")
    func revoked() async throws {
        let lab = try await OpenAILab.start()
        #expect(try await lab.chat("unas", by: lab.people.user).status == 200)
        try await lab.grant("unas", to: [])
        #expect(try await lab.chat("unas", by: lab.people.user).status == 404)
        #expect(try await lab.ids(by: lab.people.user) == ["shared"])
        await lab.stop()
    }

    @Test("everything else a server has is administrators' business: it acts with the server's key")
    func passage() async throws {
        let lab = try await OpenAILab.start()
        for (method, path, body) in [
            ("GET", "/openai/audio/voices", nil), ("DELETE", "/openai/files/file-1", nil),
            ("POST", "/openai/voices/../models", #"{"x":1}"#),
        ] as [(String, String, String?)] {
            let statuses = try await lab.people.asEverybody(method, path, body).statuses
            #expect(statuses.dropLast() == [401, 403, 403, 403], "\(method) \(path)")
        }
        let voices = try await lab.martlet.get("/openai/audio/voices?lang=de", token: lab.people.admin)
        #expect(voices.json["voices"]?.elements?.count == 1)
        #expect(lab.first.figures.last?.target == "/v1/audio/voices?lang=de")
        await lab.stop()
    }

    @Test(
        "no path leads out of a server's base address",
        arguments: ["/openai/%2e%2e/admin", "/openai/a/%2E%2e/%2e%2E/b", "/openai/a%2f..%2fb", "/openai//host/x"])
    func traversal(_ path: String) async throws {
        let lab = try await OpenAILab.start()
        let before = lab.first.figures.requests.count
        let answer = try await lab.martlet.get(path, token: lab.people.admin)
        #expect([400, 404].contains(answer.status), "\(answer.status)")
        #expect(lab.first.figures.requests.dropFirst(before).allSatisfy { $0.target.hasSuffix("/models") })
        await lab.stop()
    }

    @Test("speech needs its permission")
    func speech() async throws {
        let body = #"{"model":"tts-1","input":"hi","voice":"alloy"}"#
        let lab = try await OpenAILab.start()
        #expect(
            try await lab.people.asEverybody("POST", "/openai/audio/speech", body).statuses == [
                401, 403, 200, 200, 200,
            ])
        var permissions = try await lab.martlet.get("/api/v1/users/default/permissions", token: lab.people.admin).json
        permissions.set(.bool(false), at: "chat.tts")
        let saved = try await lab.post("/api/v1/users/default/permissions", permissions.encoded)
        #expect(saved.status == 200, "\(saved.body)")
        #expect(
            try await lab.people.asEverybody("POST", "/openai/audio/speech", body).statuses == [
                401, 403, 403, 403, 200,
            ])
        await lab.stop()
    }

    @Test(
        "a second model in a body, however it is spelt, is not what the server sees",
        arguments: [
            #"{"model":"secret","model":"shared","messages":[]}"#,
            #"{"Model":"secret","model":"shared","messages":[]}"#,
            #"{"mod\u0065l":"secret","messages":[],"model":"shared"}"#,
        ])
    func twoModels(_ body: String) async throws {
        let lab = try await OpenAILab.start()
        #expect(try await lab.post("/openai/chat/completions", body, by: lab.people.user).status == 200)
        #expect(lab.first.figures.last?.body.contains("secret") == false)
        await lab.stop()
    }

    @Test(
        "bad input is told as such",
        arguments: [("{", 422), ("[]", 422), ("{}", 422), (#"{"model":7}"#, 422), ("", 422)])
    func badInput(_ body: String, _ status: Int) async throws {
        let lab = try await OpenAILab.start()
        for path in ["chat/completions", "responses", "embeddings", "completions", "audio/speech"] {
            let answer = try await lab.post("/openai/" + path, body, by: lab.people.user)
            #expect(answer.status == status, "\(path): \(answer.status) \(answer.body)")
            #expect(answer.json["detail"] != nil)
        }
        await lab.stop()
    }

    @Test("saved connections hold at once, with one key for each address and no configuration of what is not there")
    func save() async throws {
        let lab = try await OpenAILab.start()
        let answer = try await lab.post(
            "/openai/config/update",
            """
            {"ENABLE_OPENAI_API":true,"OPENAI_API_BASE_URLS":["\(lab.second.url)","\(lab.first.url)"],
            "OPENAI_API_KEYS":["x"],"OPENAI_API_CONFIGS":{"0":{"prefix_id":"p"},"5":{"enable":false}}}
            """)
        #expect(answer.status == 200, "\(answer.body)")
        #expect(answer.json["OPENAI_API_KEYS"]?.elements == [.string("x"), .string("")])
        #expect(answer.json["OPENAI_API_CONFIGS"] == .object(["0": .object(["prefix_id": .string("p")])]))
        #expect(try await lab.martlet.get("/openai/config", token: lab.people.admin).json == answer.json)
        try await eventually("the new list holds") { try await lab.ids() == ["p.lone"] }
        let missing = try await lab.post("/openai/config/update", "{}")
        #expect(missing.status == 422 && missing.json["detail"]?.elements?.count == 3)
        let wrong = try await lab.post(
            "/openai/config/update",
            #"{"OPENAI_API_BASE_URLS":["ftp://x"],"OPENAI_API_KEYS":[],"OPENAI_API_CONFIGS":{}}"#)
        #expect(wrong.status == 422)
        await lab.stop()
    }
}
