import Testing

@testable import OllamaLBProxy

@Suite struct BalancerTests {
    typealias Candidate = Balancer.Candidate

    static func candidate(_ index: Int, _ active: Int = 0, warm: Bool = false, _ first: Double? = nil) -> Candidate {
        Candidate(index: index, active: active, isWarm: warm, firstByteMilliseconds: first)
    }

    static func choices(_ strategy: Balancer.Strategy, _ candidates: [Candidate], count: Int) -> [Int?] {
        var balancer = Balancer(strategy: strategy)
        return (0..<count).map { _ in balancer.choose(candidates)?.index }
    }

    static let strategies: [Balancer.Strategy] = [.leastConnections, .roundRobin, .fastest]

    @Test("among none there is no choice, among one there is one", arguments: strategies)
    func few(_ strategy: Balancer.Strategy) {
        #expect(Self.choices(strategy, [], count: 2) == [nil, nil])
        #expect(Self.choices(strategy, [Self.candidate(7, 99)], count: 2) == [7, 7])
    }

    @Test("least_connections takes the least busy, and equally busy ones in turn")
    func leastConnections() {
        let three = [Self.candidate(0, 2), Self.candidate(1, 1), Self.candidate(2, 1)]
        #expect(Self.choices(.leastConnections, three, count: 4) == [1, 2, 1, 2])
        #expect(Self.choices(.leastConnections, (0..<3).map { Self.candidate($0) }, count: 6) == [0, 1, 2, 0, 1, 2])
    }

    @Test("round_robin takes each in turn, whatever is under way there, also when one is missing for a while")
    func roundRobin() {
        var balancer = Balancer(strategy: .roundRobin)
        let all = [Self.candidate(0, 9), Self.candidate(1), Self.candidate(2, 4)]
        #expect((0..<4).map { _ in balancer.choose(all)?.index } == [0, 1, 2, 0])
        #expect(balancer.choose([all[0], all[2]])?.index == 2)
        #expect(balancer.choose(all)?.index == 1, "it has had one less than the others")
        #expect((0..<3).map { _ in balancer.choose(all)?.index } == [2, 0, 1])
    }

    @Test("one that was missing for long makes up for one turn, not for all")
    func missing() {
        var balancer = Balancer(strategy: .roundRobin)
        for _ in 0..<100 { _ = balancer.choose([Self.candidate(0), Self.candidate(1)]) }
        let all = (0..<3).map { Self.candidate($0) }
        let next = (0..<12).compactMap { _ in balancer.choose(all)?.index }
        #expect(next.count { $0 == 2 } <= 6)
        #expect(Set(next.suffix(3)) == [0, 1, 2])
    }

    @Test("shares follow the weights, under round_robin and when an idle fleet takes turns")
    func weights() {
        for strategy in [Balancer.Strategy.roundRobin, .leastConnections] {
            var all = (0..<3).map { Self.candidate($0) }
            all[1].weight = 2
            all[2].weight = 0.5
            let counts = Self.choices(strategy, all, count: 70).reduce(into: [0, 0, 0]) { $0[$1 ?? 0] += 1 }
            #expect(counts == [20, 40, 10])
        }
        var busy = [Self.candidate(0, 3), Self.candidate(1, 5)]
        busy[1].weight = 2
        #expect(Self.choices(.leastConnections, busy, count: 1) == [1], "5 of 2 is less than 3 of 1")
    }

    @Test("round_robin follows the indices, not the order in which it is told of them")
    func order() {
        #expect(Self.choices(.roundRobin, [2, 0, 5].map { Self.candidate($0) }, count: 5) == [0, 2, 5, 0, 2])
    }

    @Test("fastest asks those it knows nothing of first, the least busy of them, then takes the fastest")
    func fastest() {
        var candidates = [
            Self.candidate(0, 0, 50), Self.candidate(1, 3), Self.candidate(2, 0), Self.candidate(3, 0, 20),
        ]
        var balancer = Balancer(strategy: .fastest)
        #expect(balancer.choose(candidates)?.index == 2)
        candidates[2].firstByteMilliseconds = 80
        #expect(balancer.choose(candidates)?.index == 3, "one request at a time finds out about an unknown one")
        candidates[1].active = 0
        #expect(balancer.choose(candidates)?.index == 1)
        candidates[1].firstByteMilliseconds = 90
        #expect(balancer.choose(candidates)?.index == 3)
        candidates[3].firstByteMilliseconds = 51
        #expect(balancer.choose(candidates)?.index == 0)
        candidates[3] = Self.candidate(3, 0, 50)
        candidates[0].active = 1
        #expect(balancer.choose(candidates)?.index == 3, "of equally fast ones the less busy")
    }

    @Test(
        "one that has the model loaded is preferred until it is busier by more than two",
        arguments: [Balancer.Strategy.leastConnections, .fastest])
    func warm(_ strategy: Balancer.Strategy) {
        for active in 0...2 {
            let candidates = [
                Self.candidate(0, 0, 1), Self.candidate(1, active, warm: true, 500), Self.candidate(2, 0, 1),
            ]
            #expect(Self.choices(strategy, candidates, count: 3) == [1, 1, 1])
        }
        let busy = [Self.candidate(0, 0, 1), Self.candidate(1, 3, warm: true, 500)]
        #expect(Self.choices(strategy, busy, count: 1) == [0])
    }

    @Test("the margin is measured from the least busy, warm or cold")
    func margin() {
        let all = [Self.candidate(0, 10, warm: true), Self.candidate(1, 8, warm: true), Self.candidate(2, 8)]
        #expect(Self.choices(.leastConnections, all, count: 2) == [1, 1])
    }

    @Test("round_robin stays exact when some are warm: within a round the warm ones come first")
    func warmRounds() {
        let all = [
            Self.candidate(0), Self.candidate(1, 2, warm: true), Self.candidate(2), Self.candidate(3, warm: true),
        ]
        #expect(Self.choices(.roundRobin, all, count: 8) == [1, 3, 0, 2, 3, 1, 2, 0])
        // Each becomes warm by being chosen.
        var balancer = Balancer(strategy: .roundRobin)
        var fleet = (0..<3).map { Self.candidate($0) }
        var counts = [0, 0, 0]
        for _ in 0..<30 {
            guard let index = balancer.choose(fleet)?.index else { return }
            fleet[index].isWarm = true
            counts[index] += 1
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        }
    }

    @Test("a choice says why")
    func reason() {
        var balancer = Balancer(strategy: .leastConnections)
        let candidates = [Self.candidate(0), Self.candidate(1, 1, warm: true)]
        #expect(balancer.choose(candidates)?.reason == "least_connections of 1/2: warm, 1 active")
        #expect(balancer.choose([candidates[0]])?.reason == "least_connections of 1/1: cold, 0 active")
    }

    @Test("the names of the strategies are those of the setting")
    func names() {
        #expect(Self.strategies.map(\.rawValue) == ["least_connections", "round_robin", "fastest"])
    }
}
