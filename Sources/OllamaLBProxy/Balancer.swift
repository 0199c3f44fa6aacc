/// Chooses a backend: eligible → warm → strategy (docs/ARCHITECTURE.md, "Choice of a backend"). Pure, but for the place
/// where round robin stands.
struct Balancer: Sendable {
    enum Strategy: String, Sendable {
        case leastConnections = "least_connections"
        case roundRobin = "round_robin"
        case fastest
    }

    /// What the choice looks at.
    struct Candidate: Equatable, Sendable {
        var index: Int
        var active: Int
        var isWarm: Bool
        /// Moving average for the model; nil: never asked.
        var firstByteMilliseconds: Double?
    }

    /// Which one, and why, for the log.
    struct Choice: Equatable, Sendable {
        var index: Int
        var reason: String
    }

    /// Requests by which a warm backend may be busier than a cold one and still be preferred: loading a model takes
    /// longer than a short wait.
    static let warmMargin = 2

    var strategy: Strategy
    private var last = -1

    init(strategy: Strategy) { self.strategy = strategy }

    /// `eligible`: the backends that may serve the request. nil when there are none.
    mutating func choose(_ eligible: [Candidate]) -> Choice? {
        guard let least = eligible.map(\.active).min() else { return nil }
        let warm = eligible.filter { $0.isWarm && $0.active <= least + Self.warmMargin }
        let pool = warm.isEmpty ? eligible : warm
        let chosen: Candidate?
        switch strategy {
        case .leastConnections: chosen = leastBusy(pool)
        case .roundRobin: chosen = next(pool)
        case .fastest: chosen = fastest(pool)
        }
        guard let chosen else { return nil }
        last = chosen.index
        let kind = chosen.isWarm ? "warm" : "cold"
        return Choice(
            index: chosen.index,
            reason: "\(strategy.rawValue) of \(pool.count)/\(eligible.count): \(kind), \(chosen.active) active")
    }

    /// Among equally busy ones the next in turn, so that an idle fleet is used evenly.
    private func leastBusy(_ pool: [Candidate]) -> Candidate? {
        guard let least = pool.map(\.active).min() else { return nil }
        return next(pool.filter { $0.active == least })
    }

    private func next(_ pool: [Candidate]) -> Candidate? {
        pool.filter { $0.index > last }.min { $0.index < $1.index } ?? pool.min { $0.index < $1.index }
    }

    /// One that was never asked is asked first: else nothing would ever be learnt of it.
    private func fastest(_ pool: [Candidate]) -> Candidate? {
        if let unknown = leastBusy(pool.filter { $0.firstByteMilliseconds == nil }) { return unknown }
        return pool.min { ($0.firstByteMilliseconds ?? 0, $0.active) < ($1.firstByteMilliseconds ?? 0, $1.active) }
    }
}
