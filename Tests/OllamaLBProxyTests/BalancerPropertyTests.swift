import Testing

@testable import OllamaLBProxy

/// Random fleets under random load.
@Suite struct BalancerPropertyTests {
    typealias Candidate = Balancer.Candidate

    static func fleet(_ generator: inout SeededGenerator) -> [Candidate] {
        var fleet: [Candidate] = []
        for index in 0..<Int.random(in: 1..<8, using: &generator) where Int.random(in: 0..<4, using: &generator) > 0 {
            fleet.append(
                Candidate(
                    index: index, active: Int.random(in: 0..<6, using: &generator),
                    isWarm: Bool.random(using: &generator),
                    firstByteMilliseconds: Bool.random(using: &generator)
                        ? Double.random(in: 1..<99, using: &generator) : nil))
        }
        return fleet.shuffled(using: &generator)
    }

    /// Chooses in many fleets, and hands over what there was to choose from and what was chosen.
    static func each(_ strategy: Balancer.Strategy, _ check: ([Candidate], Candidate) -> Void) {
        var generator = SeededGenerator(state: 3)
        var balancer = Balancer(strategy: strategy)
        for _ in 0..<3000 {
            let fleet = fleet(&generator)
            let choice = balancer.choose(fleet)
            #expect((choice == nil) == fleet.isEmpty)
            guard let choice else { continue }
            guard let chosen = fleet.first(where: { $0.index == choice.index }) else {
                Issue.record("\(choice) is not of \(fleet)")
                continue
            }
            check(fleet, chosen)
        }
    }

    /// Those it may choose among: warm ones that are not too busy, else all.
    static func pool(_ fleet: [Candidate]) -> [Candidate] {
        let least = fleet.map(\.active).min() ?? 0
        let warm = fleet.filter { $0.isWarm && $0.active - least <= 2 }
        return warm.isEmpty ? fleet : warm
    }

    @Test("least_connections never takes a busier one than it could")
    func leastConnections() {
        Self.each(.leastConnections) { fleet, chosen in
            #expect(Self.pool(fleet).contains(chosen))
            #expect(Self.pool(fleet).allSatisfy { $0.active >= chosen.active }, "\(chosen) of \(fleet)")
        }
    }

    @Test("fastest takes an idle unknown one where there is any, else none that is slower than another")
    func fastest() {
        Self.each(.fastest) { fleet, chosen in
            let pool = Self.pool(fleet)
            #expect(pool.contains(chosen))
            let unknown = pool.filter { $0.firstByteMilliseconds == nil }
            if let first = chosen.firstByteMilliseconds {
                #expect(unknown.allSatisfy { $0.active > 0 })
                #expect(pool.allSatisfy { $0.firstByteMilliseconds ?? first >= first })
            } else {
                #expect(unknown.allSatisfy { $0.active >= chosen.active })
            }
        }
    }

    @Test(
        "no strategy takes one that is busier than the least busy by more than the margin only because it is warm",
        arguments: [Balancer.Strategy.leastConnections, .fastest])
    func margin(_ strategy: Balancer.Strategy) {
        Self.each(strategy) { fleet, chosen in
            #expect(Self.pool(fleet).contains(chosen), "\(chosen) of \(fleet)")
        }
    }

    @Test("over n backends round_robin's counts differ by at most one at every moment", arguments: 1...9)
    func roundRobin(_ size: Int) {
        var generator = SeededGenerator(state: UInt64(size))
        var balancer = Balancer(strategy: .roundRobin)
        var counts = [Int](repeating: 0, count: size)
        for _ in 0..<200 {
            let fleet = (0..<size).map {
                Candidate(
                    index: $0, active: Int.random(in: 0..<50, using: &generator),
                    isWarm: Bool.random(using: &generator))
            }
            guard let index = balancer.choose(fleet.shuffled(using: &generator))?.index else { return }
            counts[index] += 1
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        }
    }

    @Test("under least_connections the load of backends that take equally long stays within one request")
    func balance() {
        var generator = SeededGenerator(state: 12)
        var balancer = Balancer(strategy: .leastConnections)
        var active = [Int](repeating: 0, count: 5)
        for _ in 0..<2000 {
            guard
                let index = balancer.choose(
                    active.enumerated().map { Candidate(index: $0, active: $1, isWarm: false) })?.index
            else { return }
            active[index] += 1
            #expect((active.max() ?? 0) - (active.min() ?? 0) <= 1)
            // The busiest finishes one now and then.
            if Bool.random(using: &generator), let busiest = active.indices.max(by: { active[$0] < active[$1] }) {
                active[busiest] -= 1
            }
        }
    }
}
