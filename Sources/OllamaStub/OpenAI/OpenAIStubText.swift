import Contracts

/// The texts of a stand-in's answers, in OpenAI's shapes.
struct OpenAIStubText: Sendable {
    let form: JSONValue
    let script: OpenAIScript

    /// Last parts of the paths on which a model works.
    static let kinds: Set<String> = ["completions", "responses", "embeddings"]

    var model: String { form["model"]?.text ?? "" }
    var isStreamed: Bool { form["stream"] == .bool(true) }
    var count: Int { hasTool ? 1 : script.tokenCount }
    private var isChat: Bool { form["messages"] != nil }
    private var hasTool: Bool { form["tools"]?.elements?.isEmpty == false && form["tool_choice"]?.text != "none" }
    private var name: String { JSONText.quoted(model) }
    private var words: String { (0..<count).map { "word\($0) " }.joined() }
    private var saysUsage: Bool { script.alwaysSaysUsage || form["stream_options"]?["include_usage"] == .bool(true) }

    var models: String {
        let list = script.models.map {
            "{\"id\":\(JSONText.quoted($0)),\"object\":\"model\",\"created\":1767225600,\"owned_by\":\"stub\"}"
        }
        return "{\"object\":\"list\",\"data\":[\(list.joined(separator: ","))]}"
    }

    // MARK: Whole answers

    func whole(_ kind: String) -> String {
        switch kind {
        case "embeddings": embeddings
        case "responses": response(status: "completed", output: words)
        default: completion
        }
    }

    private var completion: String {
        let choice =
            isChat
            ? "\"message\":{\"role\":\"assistant\",\(hasTool ? "\"content\":null,\(toolCalls)" : "\"content\":\"\(words)\"")}"
            : "\"text\":\"\(words)\""
        let object = isChat ? "chat.completion" : "text_completion"
        return "{\"id\":\"cmpl-1\",\"object\":\"\(object)\",\"created\":1767225600,\"model\":\(name),"
            + "\"choices\":[{\"index\":0,\(choice),\"finish_reason\":\"\(hasTool ? "tool_calls" : "stop")\"}],\(usage)}"
    }

    private var toolCalls: String {
        let function = form["tools"]?.elements?.first?["function"]?["name"]?.text ?? "tool"
        return "\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\",\"function\":"
            + "{\"name\":\(JSONText.quoted(function)),\"arguments\":\"{\\\"city\\\":\\\"Bern\\\"}\"}}]"
    }

    private var usage: String {
        "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":\(count),\"total_tokens\":\(count + 7)}"
    }

    private var embeddings: String {
        let inputs = form["input"]?.elements?.count ?? 1
        let data = (0..<inputs).map { "{\"object\":\"embedding\",\"index\":\($0),\"embedding\":[0.25,-0.5,\($0)]}" }
        return "{\"object\":\"list\",\"data\":[\(data.joined(separator: ","))],\"model\":\(name),"
            + "\"usage\":{\"prompt_tokens\":\(inputs * 2),\"total_tokens\":\(inputs * 2)}}"
    }

    private func response(status: String, output: String?) -> String {
        let message = output.map {
            "{\"type\":\"message\",\"id\":\"msg_1\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":"
                + "[{\"type\":\"output_text\",\"text\":\"\($0)\",\"annotations\":[]}]}"
        }
        return "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1767225600,\"status\":\"\(status)\","
            + "\"model\":\(name),\"output\":[\(message ?? "")],\"parallel_tool_calls\":true,\"tool_choice\":\"auto\","
            + "\"tools\":[],\"usage\":{\"input_tokens\":7,\"input_tokens_details\":{\"cached_tokens\":0},"
            + "\"output_tokens\":\(count),\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":\(count + 7)}}"
    }

    // MARK: Events

    func opening(_ kind: String) -> [String] {
        guard kind == "responses" else { return [] }
        return [
            Self.event(
                "response.created", "\"sequence_number\":0,\"response\":\(response(status: "in_progress", output: nil))"
            )
        ]
    }

    func token(_ kind: String, _ index: Int) -> String {
        let word = "\"word\(index) \""
        if kind == "responses" {
            return Self.event(
                "response.output_text.delta",
                "\"sequence_number\":\(index + 1),\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,"
                    + "\"logprobs\":[],\"delta\":\(word)")
        }
        let role = index == 0 ? "\"role\":\"assistant\"," : ""
        return chunk(
            isChat ? "\"delta\":{\(role)\(hasTool ? toolCalls : "\"content\":\(word)")}" : "\"text\":\(word)", "null")
    }

    func closing(_ kind: String) -> [String] {
        if kind == "responses" {
            let whole = response(status: "completed", output: words)
            return [Self.event("response.completed", "\"sequence_number\":\(count + 1),\"response\":\(whole)")]
        }
        var events = [chunk(isChat ? "\"delta\":{}" : "\"text\":\"\"", hasTool ? "\"tool_calls\"" : "\"stop\"")]
        if saysUsage { events.append("data: {\(frame),\"choices\":[],\(usage)}\n\n") }
        return events + ["data: [DONE]\n\n"]
    }

    private var frame: String {
        let object = isChat ? "chat.completion.chunk" : "text_completion"
        return "\"id\":\"cmpl-1\",\"object\":\"\(object)\",\"created\":1767225600,\"model\":\(name)"
    }

    private func chunk(_ choice: String, _ reason: String) -> String {
        "data: {\(frame),\"choices\":[{\"index\":0,\(choice),\"finish_reason\":\(reason)}]}\n\n"
    }

    private static func event(_ type: String, _ members: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\(members)}\n\n"
    }
}
