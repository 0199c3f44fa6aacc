import Contracts
import FoundationEssentials

/// What the last line of an Ollama stream (or its one JSON answer) says about the work done; times in nanoseconds.
struct StreamCounters: Decodable, Equatable, Sendable {
    var done: Bool?
    var error: String?
    var total_duration: Double?
    var load_duration: Double?
    var prompt_eval_count: UInt64?
    var eval_count: UInt64?
    var eval_duration: Double?

    /// nil when the line is no JSON object.
    static func read(_ line: [UInt8]) -> StreamCounters? {
        try? JSONDecoder().decode(StreamCounters.self, from: Data(line))
    }

    var tokensPerSecond: Double {
        guard let count = eval_count, let duration = eval_duration, duration > 0 else { return 0 }
        return Double(count) / (duration / 1e9)
    }
}
