import Contracts
import FoundationEssentials

/// What the last line of an Ollama stream, its one JSON answer, or the last event of an OpenAI stream says about the work
/// done; times in nanoseconds.
struct StreamCounters: Decodable, Equatable, Sendable {
    var done: Bool?
    /// Ollama writes a text, OpenAI an object with `message`.
    var error: Failure?
    var total_duration: Double?
    var load_duration: Double?
    var prompt_eval_count: UInt64?
    var prompt_eval_duration: Double?
    var eval_count: UInt64?
    var eval_duration: Double?
    var usage: Usage?

    struct Usage: Decodable, Equatable, Sendable {
        var prompt_tokens: UInt64?
        var completion_tokens: UInt64?
        /// The names of /v1/responses.
        var input_tokens: UInt64?
        var output_tokens: UInt64?
    }

    struct Failure: Decodable, Equatable, Sendable, ExpressibleByStringLiteral {
        var text: String

        init(stringLiteral text: String) { self.text = text }

        init(from decoder: any Decoder) throws {
            let value = try JSONValue(from: decoder)
            text = value.text ?? value["message"]?.text ?? value.encoded
        }
    }

    /// nil when the line is no JSON object. `data:` before it is left out.
    static func read(_ line: some RandomAccessCollection<UInt8>) -> StreamCounters? {
        let field = Array("data:".utf8)
        let json = line.starts(with: field) ? line.dropFirst(field.count) : line[...]
        guard json.first(where: { $0 != UInt8(ascii: " ") }) == UInt8(ascii: "{") else { return nil }
        return try? JSONDecoder().decode(StreamCounters.self, from: Data(json))
    }

    var promptTokens: UInt64 { prompt_eval_count ?? usage?.prompt_tokens ?? usage?.input_tokens ?? 0 }
    var completionTokens: UInt64 { eval_count ?? usage?.completion_tokens ?? usage?.output_tokens ?? 0 }

    var tokensPerSecond: Double {
        guard let count = eval_count, let duration = eval_duration, duration > 0 else { return 0 }
        return Double(count) / (duration / 1e9)
    }
}
