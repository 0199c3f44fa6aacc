import Contracts

/// An Ollama server as the simulation sees it.
public struct SimulatedServer: Equatable, Sendable {
    /// Tokens in a second of one answer; prompts are read ten times as fast.
    public var tokensPerSecond: Double
    /// Answers that it makes at a time for one model; others wait inside.
    public var slots: Int
    /// Seconds to load a model.
    public var loadSeconds = 5.0
    /// Does not answer from the first to the second moment (seconds).
    public var down: ClosedRange<Double>?

    public init(tokensPerSecond: Double, slots: Int) {
        self.tokensPerSecond = tokensPerSecond
        self.slots = slots
    }

    /// `100x4` (tokens per second, slots), `100x4@60-120` (down from second 60 to 120). nil: it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: "x")
        guard parts.count <= 2, numbers.count == 2, let speed = Double(numbers[0]), let slots = Int(numbers[1]),
            speed > 0, speed < 1e6, (1...1000).contains(slots)
        else { return nil }
        self.init(tokensPerSecond: speed, slots: slots)
        guard parts.count == 2 else { return }
        let times = parts[1].split(separator: "-").compactMap { Double($0) }
        guard times.count == 2, times[0] >= 0, times[0] < times[1] else { return nil }
        down = times[0]...times[1]
    }

    func isDown(at time: Double) -> Bool { down?.contains(time) ?? false }
    func promptSeconds(_ tokens: Int) -> Double { Double(tokens) / (tokensPerSecond * 10) }
    func answerSeconds(_ tokens: Int) -> Double { Double(tokens) / tokensPerSecond }
}
