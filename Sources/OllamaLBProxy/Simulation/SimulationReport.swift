/// What one run came to. Times in seconds.
public struct SimulationReport: Encodable, Sendable {
    public struct Times: Encodable, Sendable {
        public var mean = 0.0
        public var p50 = 0.0
        public var p95 = 0.0
        public var max = 0.0

        init(_ values: [Double]) {
            let sorted = values.sorted()
            guard let last = sorted.last else { return }
            mean = Self.rounded(sorted.reduce(0, +) / Double(sorted.count))
            p50 = Self.rounded(sorted[sorted.count / 2])
            p95 = Self.rounded(sorted[min(sorted.count - 1, sorted.count * 95 / 100)])
            max = Self.rounded(last)
        }

        static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    }

    public var strategy: String
    public var requests: Int
    public var answered: Int
    /// Why the others were not, and how many.
    public var errors: [String: Int]
    /// Requests that were made more than once.
    public var retried: Int
    public var waited: Times
    public var waitedByClass: [String: Times]
    public var firstToken: Times
    /// Answers of each server, in the order of the fleet.
    public var served: [Int]
    /// Slots that the balancer believes in, by server, at the end.
    public var slots: [Int]
    /// Mean wait of the user who waited longest, by that of the mean user; 1 is even.
    public var unfairness: Double

    init(_ simulation: Simulation, _ strategy: Balancer.Strategy) {
        let pairs = Array(zip(simulation.load.requests, simulation.outcomes))
        let good = pairs.filter { $0.1.error == nil && $0.1.firstToken != nil }
        self.strategy = strategy.rawValue
        requests = pairs.count
        answered = good.count
        errors = pairs.compactMap(\.1.error).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        retried = pairs.count { $0.1.attempts > 1 }
        waited = Times(good.map(\.1.waited))
        waitedByClass = Dictionary(
            uniqueKeysWithValues: Priority.allCases.map { priority in
                ("\(priority)", Times(good.filter { $0.0.priority == priority }.map(\.1.waited)))
            })
        firstToken = Times(good.compactMap(\.1.firstToken))
        served = simulation.servers.map(\.served)
        slots = simulation.servers.map { $0.record(pairs.first?.0.model ?? "").slots.limit }
        let byUser = Dictionary(grouping: good) { $0.0.user }.values.filter { $0.count >= 5 }
            .map { $0.map(\.1.waited).reduce(0, +) / Double($0.count) }
        let mean = byUser.isEmpty ? 0 : byUser.reduce(0, +) / Double(byUser.count)
        unfairness = mean > 0 ? Times.rounded((byUser.max() ?? 0) / mean) : 1
    }
}
