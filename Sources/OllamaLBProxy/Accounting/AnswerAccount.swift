import DaemonKit

/// What one answer cost, from its last line or its usage, and from the clock.
struct AnswerAccount: Equatable, Sendable {
    var firstByteMilliseconds = 0.0
    var totalMilliseconds = 0.0
    var promptTokens: UInt64 = 0
    var completionTokens: UInt64 = 0
    /// 0: not known.
    var tokensPerSecond = 0.0
    var loadMilliseconds = 0.0
    var isColdStart: Bool { loadMilliseconds >= Self.coldMilliseconds }
    /// Loading, reading the prompt and making the tokens, and what the answer's beginning took beyond it; nil: not said.
    var work: Duration?
    var waited: Duration?

    /// Ollama gives some milliseconds of load time for models in memory, too.
    static let coldMilliseconds = 500.0

    /// - Parameters:
    ///   - isStreamed: tokens came as they were made, so the first byte came before the last token.
    ///   - wasPaused: the reader was slow, so the clock says nothing about the server.
    init(
        _ counters: StreamCounters?, firstByteMilliseconds: Double, totalMilliseconds: Double, isStreamed: Bool,
        wasPaused: Bool
    ) {
        self.firstByteMilliseconds = firstByteMilliseconds
        self.totalMilliseconds = totalMilliseconds
        guard let counters else { return }
        promptTokens = counters.promptTokens
        completionTokens = counters.completionTokens
        loadMilliseconds = (counters.load_duration ?? 0) / 1e6
        tokensPerSecond = counters.tokensPerSecond
        let streamed = totalMilliseconds - firstByteMilliseconds
        if tokensPerSecond == 0, isStreamed, !wasPaused, completionTokens > 1, streamed > 1 {
            tokensPerSecond = Double(completionTokens - 1) / streamed * 1000
        }
        guard let evaluation = counters.eval_duration, let prompt = counters.prompt_eval_duration else { return }
        let before = (counters.load_duration ?? 0) + prompt + (isStreamed ? 0 : evaluation)
        work = .nanoseconds(Int64(clamping: (counters.load_duration ?? 0) + prompt + evaluation))
        waited = .milliseconds(firstByteMilliseconds) - .nanoseconds(Int64(clamping: before))
    }
}

extension Int64 {
    /// A number from outside may be anything.
    fileprivate init(clamping value: Double) {
        self = value.isNaN ? 0 : Int64(Swift.max(-1e15, Swift.min(1e15, value)))
    }
}
