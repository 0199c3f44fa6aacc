/// Chooses a backend: warm → strategy (docs/LOAD-BALANCING.md). Which are eligible is decided before. Pure, but for
/// whose turn it is.
struct Balancer: Sendable {
    enum Strategy: String, Sendable, CaseIterable {
        case leastConnections = "least_connections"
        case roundRobin = "round_robin"
        case fastest
    }

    /// What the choice looks at.
    struct Candidate: Equatable, Sendable {
        var index: Int
        var active: Int
        var isWarm: Bool
        /// Moving average for the model; nil: never asked, or too long ago.
        var firstByteMilliseconds: Double?
        /// Its share; 1 unless configured, less while it is taken in again.
        var weight = 1.0
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
    private var turns = Turns()

    init(strategy: Strategy) { self.strategy = strategy }

    /// `eligible`: the backends that may serve the request and have room for it. nil when there are none.
    mutating func choose(_ eligible: [Candidate]) -> Choice? {
        guard let least = eligible.map(\.active).min() else { return nil }
        let warm = eligible.filter { $0.isWarm && $0.active <= least + Self.warmMargin }
        let pool = warm.isEmpty ? eligible : warm
        let chosen: Candidate?
        switch strategy {
        case .leastConnections: chosen = leastBusy(pool)
        case .roundRobin: chosen = next(eligible)
        case .fastest: chosen = fastest(pool)
        }
        guard let chosen else { return nil }
        let contenders = strategy == .roundRobin ? eligible : pool
        turns.take(Self.contender(chosen), of: contenders.map(Self.contender))
        return Choice(index: chosen.index, reason: reason(chosen, contenders.count, eligible.count))
    }

    private func reason(_ chosen: Candidate, _ contenders: Int, _ eligible: Int) -> String {
        let kind = chosen.isWarm ? "warm" : "cold"
        return "\(strategy.rawValue) of \(contenders)/\(eligible): \(kind), \(chosen.active) active"
    }

    private static func contender(_ candidate: Candidate) -> Turns.Contender {
        Turns.Contender(index: candidate.index, weight: candidate.weight)
    }

    /// Requests under way by weight: half the weight, half the requests.
    private func leastBusy(_ pool: [Candidate]) -> Candidate? {
        let load = { (candidate: Candidate) in Double(candidate.active) / max(Turns.lowestWeight, candidate.weight) }
        guard let least = pool.map(load).min() else { return nil }
        // Among equally busy ones the next in turn, so that an idle fleet is used evenly.
        return inTurn(pool.filter { load($0) == least })
    }

    private func inTurn(_ pool: [Candidate]) -> Candidate? {
        let index = turns.first(of: turns.next(pool.map(Self.contender)))
        return pool.first { $0.index == index }
    }

    /// Of those whose turn it is in this round a warm one, where there is any: rounds stay exact.
    private func next(_ pool: [Candidate]) -> Candidate? {
        let due = Set(turns.next(pool.map(Self.contender)))
        let warm = pool.filter { due.contains($0.index) && $0.isWarm }
        return inTurn(warm.isEmpty ? pool.filter { due.contains($0.index) } : warm)
    }

    /// One that is not known is asked first: else nothing would ever be learnt of it. One request at a time does.
    private func fastest(_ pool: [Candidate]) -> Candidate? {
        let unknown = pool.filter { $0.firstByteMilliseconds == nil }
        let known = pool.filter { $0.firstByteMilliseconds != nil }
        if let first = leastBusy(unknown), known.isEmpty || first.active == 0 { return first }
        return known.min { left, right in
            let first = (left.firstByteMilliseconds ?? 0) / max(Turns.lowestWeight, left.weight)
            let second = (right.firstByteMilliseconds ?? 0) / max(Turns.lowestWeight, right.weight)
            return (first, left.active) < (second, right.active)
        }
    }
}
