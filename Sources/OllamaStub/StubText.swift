import Contracts

/// The words of an answer, in the form of the route that was asked.
struct StubText {
    let kind: StubStream.Kind
    let model: String
    let count: Int
    let wasLoaded: Bool
    let script: StubScript

    private static let created = "2026-01-01T00:00:00Z"
    private var name: String { JSONText.quoted(model) }

    /// Each line of the native routes carries its number as `i`, so that a test sees what is lost or out of order.
    func token(_ index: Int) -> String {
        let word = "word\(index) "
        switch kind {
        case .chat:
            return "{\"model\":\(name),\"created_at\":\"\(Self.created)\",\"message\":{\"role\":\"assistant\","
                + "\"content\":\"\(word)\"},\"done\":false,\"i\":\(index)}\n"
        case .generate:
            return "{\"model\":\(name),\"created_at\":\"\(Self.created)\",\"response\":\"\(word)\",\"done\":false,"
                + "\"i\":\(index)}\n"
        case .completions:
            return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,"
                + "\"model\":\(name),\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\(word)\"},"
                + "\"finish_reason\":null}]}\n\n"
        }
    }

    /// The end of a stream.
    var last: String {
        switch kind {
        case .chat:
            return
                "{\"model\":\(name),\"created_at\":\"\(Self.created)\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},"
                + "\"done\":true,\(counters),\"i\":\(count)}\n"
        case .generate:
            return "{\"model\":\(name),\"created_at\":\"\(Self.created)\",\"response\":\"\",\"done\":true,\(counters),"
                + "\"i\":\(count)}\n"
        case .completions:
            return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,"
                + "\"model\":\(name),\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\(usage)}\n\n"
                + "data: [DONE]\n\n"
        }
    }

    /// The answer in one document.
    var whole: String {
        let words = JSONText.quoted((0..<count).map { "word\($0) " }.joined())
        switch kind {
        case .chat:
            return "{\"model\":\(name),\"created_at\":\"\(Self.created)\",\"message\":{\"role\":\"assistant\","
                + "\"content\":\(words)},\"done\":true,\(counters)}"
        case .generate:
            return
                "{\"model\":\(name),\"created_at\":\"\(Self.created)\",\"response\":\(words),\"done\":true,\(counters)}"
        case .completions:
            return "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1767225600,\"model\":\(name),"
                + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\(words)},"
                + "\"finish_reason\":\"stop\"}],\(usage)}"
        }
    }

    /// Nanoseconds, as Ollama counts: 2 s to load a model, and what the script says.
    private var counters: String {
        let load = wasLoaded ? 1_000_000 : 2_000_000_000
        let evaluation = Self.nanoseconds(script.countedTokenTime) * max(1, count)
        let prompt = max(1_000_000, Self.nanoseconds(script.firstTokenDelay))
        return "\"done_reason\":\"stop\",\"total_duration\":\(load + prompt + evaluation),\"load_duration\":\(load),"
            + "\"prompt_eval_count\":7,\"prompt_eval_duration\":\(prompt),\"eval_count\":\(count),"
            + "\"eval_duration\":\(evaluation)"
    }

    private static func nanoseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1_000_000_000 + Int(duration.components.attoseconds / 1_000_000_000)
    }

    private var usage: String {
        "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":\(count),\"total_tokens\":\(count + 7)}"
    }
}
