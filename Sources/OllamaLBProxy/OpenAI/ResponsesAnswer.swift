import Contracts

/// A whole answer of `/responses` as a chat completion.
enum ResponsesAnswer {
    /// - Throws: for what is no such answer.
    static func converted(_ answer: [UInt8]) throws(JSONScanner.Malformed) -> [UInt8] {
        let response = try JSONMembers(answer)
        guard let output = response["output"] else { throw JSONScanner.Malformed() }
        var message = JSONMembers()
        message.set("role", text: "assistant")
        var (text, reasoning, calls) = ("", "", [JSONMembers.Text]())
        for element in try JSONMembers.elements(of: output) {
            guard let item = try? JSONMembers(element) else { continue }
            switch item.text("type") {
            case "message": text += texts(item["content"])
            case "reasoning": reasoning += texts(item["summary"]) + texts(item["content"])
            case "function_call": calls.append(call(item, index: calls.count).encoded[...])
            default: break
            }
        }
        message.set("content", json: text.isEmpty && !calls.isEmpty ? "null" : JSONText.quoted(text))
        if !reasoning.isEmpty { message.set("reasoning_content", text: reasoning) }
        if !calls.isEmpty { message["tool_calls"] = JSONMembers.array(calls)[...] }
        var choice = JSONMembers()
        choice.set("index", json: "0")
        choice["message"] = message.encoded[...]
        choice.set("finish_reason", text: finish(response, hasCalls: !calls.isEmpty))
        var chat = frame(response, object: "chat.completion")
        chat["choices"] = JSONMembers.array([choice.encoded[...]])[...]
        chat["usage"] = usage(response)
        return chat.encoded
    }

    static func frame(_ response: JSONMembers, object: String) -> JSONMembers {
        var frame = JSONMembers()
        frame["id"] = response["id"] ?? Array("\"response\"".utf8)[...]
        frame.set("object", text: object)
        frame["created"] = response["created_at"] ?? Array("0".utf8)[...]
        frame["model"] = response["model"] ?? Array("\"\"".utf8)[...]
        return frame
    }

    static func finish(_ response: JSONMembers, hasCalls: Bool) -> String {
        if hasCalls { return "tool_calls" }
        guard response.text("status") == "incomplete" else { return "stop" }
        let reason = response["incomplete_details"].flatMap { try? JSONMembers($0) }?.text("reason")
        return reason == "content_filter" ? "content_filter" : "length"
    }

    static func usage(_ response: JSONMembers) -> JSONMembers.Text? {
        guard let given = response["usage"].flatMap({ try? JSONMembers($0) }) else { return nil }
        var usage = JSONMembers()
        for (name, from) in [
            ("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"), ("total_tokens", "total_tokens"),
            ("prompt_tokens_details", "input_tokens_details"), ("completion_tokens_details", "output_tokens_details"),
        ] { usage[name] = given[from] }
        return usage.encoded[...]
    }

    private static func texts(_ parts: JSONMembers.Text?) -> String {
        (parts.flatMap { try? JSONMembers.elements(of: $0) } ?? [])
            .compactMap { (try? JSONMembers($0))?.text("text") }.joined()
    }

    static func call(_ item: JSONMembers, index: Int) -> JSONMembers {
        var function = JSONMembers()
        function["name"] = item["name"]
        function["arguments"] = item["arguments"] ?? Array("\"\"".utf8)[...]
        var call = JSONMembers()
        call.set("index", json: String(index))
        call["id"] = item["call_id"] ?? item["id"]
        call.set("type", text: "function")
        call["function"] = function.encoded[...]
        return call
    }
}
