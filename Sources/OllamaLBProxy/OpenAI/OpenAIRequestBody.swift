import Contracts

/// What a request's body must become for one connection: its own name of the model, and parameters that it understands
/// (as Open WebUI 0.8 converts them). Everything else passes through as it was written.
struct OpenAIRequestBody: Sendable {
    let connection: OpenAIConnection
    /// The path that the client asked for, below the base address, without a query.
    let path: String

    private var isChat: Bool { path == "/chat/completions" }

    /// - Parameter listed: the model as it is listed.
    func converted(_ body: JSONMembers, model listed: String) -> JSONMembers {
        var body = body
        let model = connection.plain(listed)
        body.set("model", text: model)
        guard isChat else { return body }
        if Self.isReasoning(model) {
            body.rename("max_tokens", to: "max_completion_tokens")
            body["messages"] = body["messages"].map { Self.withoutSystemRole($0, model) }
        } else if !connection.isOpenAI {
            // Others know the older name only.
            if let limit = body["max_completion_tokens"] { body["max_tokens"] = limit }
            body["max_completion_tokens"] = nil
        }
        if body["max_completion_tokens"] != nil { body["max_tokens"] = nil }
        if let bias = body.text("logit_bias") { body["logit_bias"] = Self.logitBias(bias) }
        if connection.isAzure { restrictToAzure(&body, model) }
        return body
    }

    /// OpenAI's models that think before they answer.
    static func isReasoning(_ model: String) -> Bool {
        let name = model.lowercased()
        return ["o1", "o3", "o4", "gpt-5"].contains { name.hasPrefix($0) }
    }

    /// Those models call the first message's role "developer"; the first of them knew neither name.
    static func withoutSystemRole(_ messages: JSONMembers.Text, _ model: String) -> JSONMembers.Text {
        guard var elements = try? JSONMembers.elements(of: messages), let first = elements.first,
            var message = try? JSONMembers(first), message.text("role") == "system"
        else { return messages }
        let name = model.lowercased()
        let isFirstGeneration = name.hasPrefix("o1-mini") || name.hasPrefix("o1-preview")
        message.set("role", text: isFirstGeneration ? "user" : "developer")
        elements[0] = message.encoded[...]
        return JSONMembers.array(elements)[...]
    }

    /// `token:bias` pairs, separated by commas, as people write them; biases are from -100 to 100.
    static func logitBias(_ text: String) -> JSONMembers.Text? {
        if let document = try? JSONMembers(text.utf8) { return document.encoded[...] }
        var bias = JSONMembers()
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: ":")
            guard parts.count == 2, let value = Int(parts[1].filter { !$0.isWhitespace }) else { continue }
            bias.set(parts[0].filter { !$0.isWhitespace }, json: String(min(max(value, -100), 100)))
        }
        return bias == JSONMembers() ? nil : bias.encoded[...]
    }

    // MARK: Azure

    private static let azureParameters: Set<String> = [
        "messages", "temperature", "role", "content", "contentPart", "contentPartImage", "enhancements", "dataSources",
        "n", "stream", "stop", "max_tokens", "presence_penalty", "frequency_penalty", "logit_bias", "user",
        "function_call", "functions", "tools", "tool_choice", "top_p", "log_probs", "top_logprobs", "response_format",
        "seed", "max_completion_tokens", "reasoning_effort",
    ]

    /// Azure refuses a request for a parameter that its version does not know; the model is in the path.
    private func restrictToAzure(_ body: inout JSONMembers, _ model: String) {
        if Self.isReasoning(model), let temperature = body["temperature"], !temperature.elementsEqual("1".utf8) {
            body["temperature"] = nil
        }
        var allowed = Self.azureParameters
        // Versions are dates.
        if connection.apiVersion >= "2024-09-01-preview" { allowed.insert("stream_options") }
        if connection.usesResponses { allowed.insert("model") }
        body.keep(only: allowed)
    }
}
