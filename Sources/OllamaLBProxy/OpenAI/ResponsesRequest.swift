import Contracts

/// A chat completion's body as one of `/responses`, for connections that are asked that way (`api_type`).
enum ResponsesRequest {
    /// Nothing of `/responses` says the same.
    private static let dropped: Set<String> = [
        "stream_options", "logit_bias", "frequency_penalty", "presence_penalty", "stop", "n", "seed", "logprobs",
        "max_tokens", "max_completion_tokens", "messages", "reasoning_effort", "response_format", "functions",
        "function_call",
    ]

    static func converted(_ chat: JSONMembers) -> JSONMembers {
        var body = chat
        let messages = chat["messages"].flatMap { try? JSONMembers.elements(of: $0) } ?? []
        let (instructions, input) = input(messages.compactMap { try? JSONMembers($0) })
        if let limit = chat["max_completion_tokens"] ?? chat["max_tokens"] { body["max_output_tokens"] = limit }
        for name in dropped { body[name] = nil }
        if !instructions.isEmpty { body.set("instructions", text: instructions.joined(separator: "\n\n")) }
        body["input"] = JSONMembers.array(input.map { $0.encoded[...] })[...]
        if let effort = chat["reasoning_effort"], !chat.isNull("reasoning_effort") {
            var reasoning = JSONMembers()
            reasoning["effort"] = effort
            body["reasoning"] = reasoning.encoded[...]
        }
        if let format = chat["response_format"] { body["text"] = text(format) }
        if let tools = chat["tools"], let list = try? JSONMembers.elements(of: tools) {
            body["tools"] = JSONMembers.array(list.map { flat($0) })[...]
        }
        if let choice = chat["tool_choice"] { body["tool_choice"] = flat(choice) }
        return body
    }

    /// `{"type":"function","function":{"name":…}}` without the inner object; anything else as it is.
    private static func flat(_ text: JSONMembers.Text) -> JSONMembers.Text {
        guard var outer = try? JSONMembers(text), let inner = outer["function"].flatMap({ try? JSONMembers($0) }) else {
            return text
        }
        outer["function"] = nil
        for name in ["name", "description", "parameters", "strict"] { outer[name] = inner[name] }
        return outer.encoded[...]
    }

    private static func text(_ format: JSONMembers.Text) -> JSONMembers.Text? {
        guard var members = try? JSONMembers(format) else { return nil }
        if let schema = members["json_schema"].flatMap({ try? JSONMembers($0) }) {
            members["json_schema"] = nil
            for name in ["name", "description", "schema", "strict"] { members[name] = schema[name] }
        }
        var text = JSONMembers()
        text["format"] = members.encoded[...]
        return text.encoded[...]
    }

    // MARK: Messages

    private static func input(_ messages: [JSONMembers]) -> (instructions: [String], input: [JSONMembers]) {
        var instructions: [String] = []
        var input: [JSONMembers] = []
        for message in messages {
            switch message.text("role") {
            case "system", "developer":
                if let text = plain(message) { instructions.append(text) }
            case "tool":
                var item = JSONMembers()
                item.set("type", text: "function_call_output")
                item["call_id"] = message["tool_call_id"]
                item.set("output", text: plain(message) ?? "")
                input.append(item)
            case let role?:
                if let item = item(message, role) { input.append(item) }
                input += calls(message)
            case nil: break
            }
        }
        return (instructions, input)
    }

    private static func item(_ message: JSONMembers, _ role: String) -> JSONMembers? {
        let parts = parts(message, kind: role == "assistant" ? "output_text" : "input_text")
        guard !parts.isEmpty else { return nil }
        var item = JSONMembers()
        item.set("type", text: "message")
        item.set("role", text: role)
        item["content"] = JSONMembers.array(parts.map { $0.encoded[...] })[...]
        return item
    }

    private static func parts(_ message: JSONMembers, kind: String) -> [JSONMembers] {
        if let text = message["content"], text.first == UInt8(ascii: "\"") {
            return text.count > 2 ? [part(kind, "text", text)] : []
        }
        let elements = message["content"].flatMap { try? JSONMembers.elements(of: $0) } ?? []
        return elements.compactMap { element in
            guard let given = try? JSONMembers(element) else { return nil }
            switch given.text("type") {
            case "text": return given["text"].map { part(kind, "text", $0) }
            case "image_url":
                let image = given["image_url"].flatMap { try? JSONMembers($0) }
                return (image?["url"] ?? given["image_url"]).map { part("input_image", "image_url", $0) }
            default: return given
            }
        }
    }

    private static func part(_ kind: String, _ name: String, _ value: JSONMembers.Text) -> JSONMembers {
        var part = JSONMembers()
        part.set("type", text: kind)
        part[name] = value
        return part
    }

    private static func calls(_ message: JSONMembers) -> [JSONMembers] {
        let calls = message["tool_calls"].flatMap { try? JSONMembers.elements(of: $0) } ?? []
        return calls.compactMap { text in
            guard let call = try? JSONMembers(text), let function = call["function"].flatMap({ try? JSONMembers($0) })
            else { return nil }
            var item = JSONMembers()
            item.set("type", text: "function_call")
            item["call_id"] = call["id"]
            item["name"] = function["name"]
            item["arguments"] = function["arguments"]
            return item
        }
    }

    /// All text of a message.
    private static func plain(_ message: JSONMembers) -> String? {
        message.text("content") ?? parts(message, kind: "text").compactMap { $0.text("text") }.joined(separator: "\n")
    }
}
