import Contracts
import HTTPFront
import NIOCore
import Testing

@testable import API

@Suite("What a model's row adds to a request")
struct ModelRequestTests {
    private func rewritten(
        _ body: String, _ form: ModelRequest.Form = .ollamaChat, upstream: String = "base:1b",
        params: String = "{}", system: String? = nil
    ) throws -> JSONValue {
        guard case .object(let params) = try JSONValue(json: params.utf8) else { return .null }
        let model = ResolvedModel(
            id: "mine", upstreamID: upstream, owner: .ollama, chain: ["mine", upstream], params: params)
        let request = ModelRequest(model: model, form: form, system: system)
        return try JSONValue(json: request.rewritten(ByteBuffer(string: body)).readableBytesView)
    }

    @Test("nothing to add: the very same bytes")
    func plain() throws {
        let body = ByteBuffer(string: #" {"model":"base:1b" , "stream":false,"x":1.0} "#)
        let model = ResolvedModel(id: "base:1b", upstreamID: "base:1b", owner: .ollama, chain: ["base:1b"])
        #expect(try ModelRequest(model: model, form: .ollamaChat, system: nil).rewritten(body) == body)
    }

    @Test("no second spelling of the model's name reaches a backend that does not mind case")
    func lookalikes() throws {
        let value = try rewritten(
            #"{"model":"base:1b","MODEL":"secret","Name":"secret","\u006dodel":"x","messages":[]}"#)
        #expect(value == .object(["model": .string("base:1b"), "messages": .array([])]))
        let hidden = try rewritten(
            #"{"model":"mine","Messages":[1],"messages":[],"OPTIONS":{"num_ctx":9}}"#, params: #"{"num_ctx":5}"#,
            system: "s")
        guard case .object(let members) = hidden else { return }
        #expect(Set(members.keys) == ["model", "messages", "options"])
        #expect(hidden["options"] == .object(["num_ctx": .integer(5)]))
    }

    @Test("the row's parameters go before the request's; Open WebUI's own are not sent")
    func parameters() throws {
        let params =
            #"{"temperature":"0.5","max_tokens":7,"stop":["a\\n"],"stream_response":false,"function_calling":"native","#
            + #""think":"false","keep_alive":"-1","custom_params":{"extra":"{\"a\":1}","num_ctx":"2048"},"top_k":null}"#
        let body = #"{"model":"mine","messages":[],"options":{"temperature":1,"seed":4}}"#
        let ollama = try rewritten(body, params: params)
        let options =
            #"{"temperature":0.5,"seed":4,"num_predict":7,"stop":["a\n"],"extra":{"a":1},"num_ctx":2048}"#
        #expect(try ollama["options"] == JSONValue(json: options.utf8))
        #expect(ollama["think"] == .bool(false) && ollama["keep_alive"] == .integer(-1))
        let openAI = try rewritten(
            #"{"model":"mine","messages":[],"temperature":1}"#, .openAIChat, params: params)
        #expect(openAI["temperature"] == .number(0.5) && openAI["max_tokens"] == .integer(7))
        #expect(openAI["options"] == nil && openAI["stream_response"] == nil)
        #expect(try rewritten(body, .ollamaOther, params: params)["options"]?["seed"] == .integer(4))
    }

    @Test("the system prompt stands before all messages, and before the request's own")
    func system() throws {
        let alone = try rewritten(#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#, system: "S")
        #expect(alone["messages"]?.elements?.first == .object(["role": .string("system"), "content": .string("S")]))
        #expect(alone["messages"]?.elements?.count == 2)
        let both = try rewritten(#"{"model":"m","messages":[{"role":"system","content":"own"}]}"#, system: "S")
        #expect(both["messages"]?.elements?.first?["content"] == .string("S\nown"))
        let parts = try rewritten(
            #"{"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"own"}]}]}"#, .openAIChat,
            system: "S")
        #expect(
            parts["messages"]?.elements?.first?["content"]?.elements?.first?["text"] == .string("S\nown"))
        #expect(try rewritten(#"{"model":"m","prompt":"x"}"#, .ollamaGenerate, system: "S")["system"] == .string("S"))
    }

    @Test("variables are filled in once; what is not known stays")
    func variables() {
        var variables = PromptVariables(name: "{{CURRENT_DATE}}", email: "e", time: 0)
        variables.add(client: .object(["{{USER_LANGUAGE}}": .string("de"), "USER_EMAIL": .string("forged")]))
        #expect(
            variables.filled("{{USER_NAME}} {{USER_EMAIL}} {{USER_LANGUAGE}} {{NOPE}} {{ {{USER_AGE}}")
                == "{{CURRENT_DATE}} e de {{NOPE}} {{ Unknown")
        #expect(variables.filled("{{CURRENT_WEEKDAY}}").hasSuffix("day"))
        #expect(variables.filled("{{CURRENT_TIME}}").wholeMatch(of: /\d\d:\d\d:\d\d [AP]M/) != nil)
        #expect(PromptVariables.needsAccount("x {{USER_BIO}}") && !PromptVariables.needsAccount("{{USER_NAME}}"))
    }

    @Test("what is no JSON object is 422", arguments: ["", "[]", "null", #"{"model":"m""#, #"{"model" "m"}"#])
    func refusals(_ body: String) {
        let error = #expect(throws: HTTPError.self) { try rewritten(body) }
        #expect(error?.status == .unprocessableEntity)
    }

    @Test("names that Ollama takes for one")
    func names() {
        #expect(ModelName.spellings("llama3") == ["llama3", "llama3:latest"])
        #expect(ModelName.spellings("llama3:latest") == ["llama3:latest", "llama3"])
        #expect(ModelName.spellings("hf.co:443/a/b") == ["hf.co:443/a/b", "hf.co:443/a/b:latest"])
        #expect(ModelName.spellings("a:7b") == ["a:7b"])
    }
}
