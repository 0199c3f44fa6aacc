import Contracts

/// The counters of Ollama's last line as a completion's `usage`: OpenAI's members, and those that Open WebUI adds.
struct OllamaUsage: Sendable {
    private var counts: [String: Int64] = [:]

    private static let names = [
        "total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count", "eval_duration",
    ]

    init(_ members: JSONSlices) {
        for name in Self.names {
            if let value = members[name] { counts[name] = Self.integer(value) }
        }
    }

    private static func integer(_ slice: JSONSlice) -> Int64? {
        let text = String(buffer: slice.bytes)
        return Int64(text) ?? Double(text).flatMap { Int64(exactly: $0.rounded()) }
    }

    private subscript(name: String) -> Int64 { max(0, counts[name] ?? 0) }

    var json: String {
        let (input, output) = (self["prompt_eval_count"], self["eval_count"])
        var object = JSONObjectText()
        object.add("prompt_tokens", input)
        object.add("completion_tokens", output)
        object.add("total_tokens", input &+ output)
        object.add("input_tokens", input)
        object.add("output_tokens", output)
        object.add("response_token/s", json: Self.rate(output, self["eval_duration"]))
        object.add("prompt_token/s", json: Self.rate(input, self["prompt_eval_duration"]))
        object.add("total_duration", self["total_duration"])
        object.add("load_duration", self["load_duration"])
        object.add("prompt_eval_count", input)
        object.add("prompt_eval_duration", self["prompt_eval_duration"])
        object.add("eval_count", output)
        object.add("eval_duration", self["eval_duration"])
        let seconds = self["total_duration"] / 1_000_000_000
        object.add("approximate_total", "\(seconds / 3600)h\(seconds % 3600 / 60)m\(seconds % 60)s")
        object.add(
            "completion_tokens_details",
            json: #"{"reasoning_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}"#)
        return object.text
    }

    /// Tokens a second, to two places. - Parameter duration: nanoseconds.
    private static func rate(_ count: Int64, _ duration: Int64) -> String {
        guard duration > 0 else { return "\"N/A\"" }
        return "\((Double(count) / Double(duration) * 1e11).rounded() / 100)"
    }
}
