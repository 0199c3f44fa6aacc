import Contracts

/// Answers to requests that want something special of a model: tools, a format, images. In one piece, or in two lines.
enum StubFeatures {
    /// nil: a request for plain words.
    static func answer(_ kind: StubStream.Kind, _ model: String, _ form: JSONValue, isStreamed: Bool) -> StubAnswer? {
        switch kind {
        case .chat: return message(form).map { chat(model, $0, isStreamed) }
        case .generate:
            let content = isStructured(form) ? structured : images(form["images"]).map { "\($0) images" }
            return content.map { generate(model, $0, isStreamed) }
        case .completions: return nil
        }
    }

    /// What fits every schema of the tests: one member.
    private static let structured = #"{"answer": 42}"#

    private static func isStructured(_ form: JSONValue) -> Bool {
        form["format"]?.isObject == true || form["format"]?.text == "json"
    }

    private static func images(_ value: JSONValue?) -> Int? {
        guard let elements = value?.elements, !elements.isEmpty else { return nil }
        return elements.count
    }

    /// The message, as JSON.
    private static func message(_ form: JSONValue) -> String? {
        if let tool = form["tools"]?.elements?.first?["function"]?["name"]?.text {
            let call = "{\"function\":{\"name\":\(JSONText.quoted(tool)),\"arguments\":{\"city\":\"Berlin\"}}}"
            return "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[\(call)]}"
        }
        if isStructured(form) { return content(structured) }
        if form["think"] == .bool(true) {
            return "{\"role\":\"assistant\",\"content\":\"done\",\"thinking\":\"let me see\"}"
        }
        let counts = form["messages"]?.elements?.compactMap { images($0["images"]) } ?? []
        return counts.isEmpty ? nil : content("\(counts.reduce(0, +)) images")
    }

    private static func content(_ text: String) -> String {
        "{\"role\":\"assistant\",\"content\":\(JSONText.quoted(text))}"
    }

    private static let last =
        "\"done\":true,\"done_reason\":\"stop\",\"total_duration\":20000000,"
        + "\"load_duration\":1000000,\"prompt_eval_count\":7,\"prompt_eval_duration\":1000000,\"eval_count\":1,"
        + "\"eval_duration\":10000000}"

    private static func chat(_ model: String, _ message: String, _ isStreamed: Bool) -> StubAnswer {
        let start = "{\"model\":\(JSONText.quoted(model)),\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":"
        guard isStreamed else { return StubAnswer(body: start + message + "," + last) }
        return .lines([start + message + ",\"done\":false}", start + content("") + "," + last])
    }

    private static func generate(_ model: String, _ text: String, _ isStreamed: Bool) -> StubAnswer {
        let start = "{\"model\":\(JSONText.quoted(model)),\"created_at\":\"2026-01-01T00:00:00Z\",\"response\":"
        guard isStreamed else { return StubAnswer(body: start + JSONText.quoted(text) + "," + last) }
        return .lines([start + JSONText.quoted(text) + ",\"done\":false}", start + "\"\"," + last])
    }

    /// `/v1/completions`, which has no messages.
    static func completion(_ model: String, isStreamed: Bool) -> StubAnswer {
        let start =
            "{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":1767225600,"
            + "\"model\":\(JSONText.quoted(model)),\"choices\":[{\"index\":0,\"text\":"
        let usage = "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1,\"total_tokens\":8}}"
        guard isStreamed else {
            return StubAnswer(body: start + "\"word0 \",\"finish_reason\":\"stop\"}]," + usage)
        }
        return StubAnswer(
            contentType: "text/event-stream",
            body: "data: \(start)\"word0 \",\"finish_reason\":null}]}\n\n"
                + "data: \(start)\"\",\"finish_reason\":\"stop\"}],\(usage)\n\ndata: [DONE]\n\n")
    }
}
