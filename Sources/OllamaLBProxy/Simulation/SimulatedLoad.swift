import Contracts
import Glibc

/// Requests that come over time, made up from a seed or recorded.
public struct SimulatedLoad: Sendable {
    public struct Request: Equatable, Sendable {
        /// Seconds from the beginning.
        public var at: Double
        public var user: String
        var priority: Priority
        public var model: String
        /// Tokens of the prompt and of the answer.
        public var promptTokens: Int
        public var tokens: Int
    }

    public var requests: [Request]

    /// A made-up load: requests come at random (Poisson), a tenth of the users send half of them, most are interactive,
    /// answers have 20 to 800 tokens, most of them few.
    /// - Parameters:
    ///   - rate: requests in a second.
    ///   - models: the first is asked for most.
    public init(seed: UInt64, count: Int, rate: Double, users: Int = 20, models: [String] = ["model:1b"]) {
        var generator = SplitMix(state: seed)
        var time = 0.0
        requests = (0..<count).map { _ in
            time += generator.exponential(mean: 1 / rate)
            let kind = generator.unit()
            let few = generator.unit() < 0.5
            let user = few ? Int(generator.unit() * Double(max(1, users / 10))) : Int(generator.unit() * Double(users))
            let model = models[min(models.count - 1, Int(generator.exponential(mean: 0.5)))]
            return Request(
                at: time, user: "user\(user)", priority: kind < 0.8 ? .interactive : kind < 0.9 ? .embedding : .job,
                model: model, promptTokens: Int(20 + generator.exponential(mean: 300)),
                tokens: Int(min(800, 20 + generator.exponential(mean: 150))))
        }
    }

    /// A recorded load: one JSON object a line, `{"at": seconds, "user", "class": "interactive" | "embedding" | "job",
    /// "model", "prompt_tokens", "tokens"}`, all but `at` optional. nil: a line is none.
    public init?(recorded text: String) {
        requests = []
        for line in text.split(separator: "\n") {
            guard let value = try? JSONValue(json: line.utf8), let at = value["at"]?.double, at >= 0 else { return nil }
            let priority: Priority =
                switch value["class"]?.text {
                case "job": .job
                case "embedding": .embedding
                default: .interactive
                }
            requests.append(
                Request(
                    at: at, user: value["user"]?.text ?? "", priority: priority,
                    model: value["model"]?.text ?? "model:1b",
                    promptTokens: Self.count(value["prompt_tokens"], 200), tokens: Self.count(value["tokens"], 150)))
        }
        requests.sort { $0.at < $1.at }
    }

    private static func count(_ value: JSONValue?, _ fallback: Int) -> Int {
        guard let number = value?.double, number >= 1, number < 1e7 else { return fallback }
        return Int(number)
    }
}

/// Seeded random numbers (SplitMix64), so that a run can be had again.
struct SplitMix: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0 ..< 1
    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }

    mutating func exponential(mean: Double) -> Double { -mean * log(max(1e-12, 1 - unit())) }
}
