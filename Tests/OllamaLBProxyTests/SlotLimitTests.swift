import Testing

@testable import OllamaLBProxy

@Suite struct SlotLimitTests {
    /// A server with so many slots under as much load as the limit lets through; in the end the limit.
    static func learn(slots: Int, requests: Int, limit: inout SlotLimit) {
        for _ in 0..<requests {
            let inFlight = limit.limit
            let waits = inFlight > slots
            if !waits { limit.began(running: inFlight) }
            limit.ended(
                inFlight: inFlight, work: .seconds(2), waited: waits ? .seconds(1) : .milliseconds(5))
        }
    }

    @Test("it comes to the server's slots, and stays within one of them", arguments: [1, 2, 3, 4, 7, 16, 100])
    func learns(_ slots: Int) {
        var limit = SlotLimit()
        Self.learn(slots: slots, requests: 400, limit: &limit)
        for _ in 0..<2000 {
            Self.learn(slots: slots, requests: 1, limit: &limit)
            #expect(limit.limit >= max(1, slots - 1) && limit.limit <= slots + 1)
        }
    }

    @Test("it tries one more ever more rarely")
    func trials() {
        var limit = SlotLimit()
        var tooMany: [Int] = []
        for request in 0..<4000 {
            if request > 100, limit.limit > 3 { tooMany.append(request) }
            Self.learn(slots: 3, requests: 1, limit: &limit)
        }
        #expect(tooMany.count <= 10, "\(tooMany)")
    }

    @Test("a server that takes everything at once is not held back: the limit doubles with each round")
    func unlimited() {
        var limit = SlotLimit()
        var rounds = 0
        while limit.limit < 2000 {
            limit.began(running: limit.limit)
            rounds += 1
        }
        #expect(rounds <= 10)
        for _ in 0..<20 { limit.began(running: limit.limit) }
        #expect(limit.limit == SlotLimit.highest)
    }

    @Test("it follows a server that was given more slots, and one that was given fewer")
    func follows() {
        var limit = SlotLimit()
        Self.learn(slots: 2, requests: 200, limit: &limit)
        Self.learn(slots: 6, requests: 3000, limit: &limit)
        #expect(limit.limit >= 5)
        Self.learn(slots: 2, requests: 50, limit: &limit)
        #expect(limit.limit <= 3)
    }

    @Test("below the limit nothing is learnt of it, and one request alone is never too many")
    func below() {
        var limit = SlotLimit()
        for _ in 0..<1000 { limit.ended(inFlight: 2, work: .seconds(1), waited: .zero) }
        #expect(limit.limit == SlotLimit.first)
        for _ in 0..<1000 { limit.ended(inFlight: 1, work: .seconds(1), waited: .seconds(9)) }
        #expect(limit.limit == SlotLimit.first)
    }

    @Test("what a request takes beyond its work when it is alone is the network's, not a queue's")
    func network() {
        var limit = SlotLimit()
        for _ in 0..<10 { limit.ended(inFlight: 1, work: .milliseconds(500), waited: .milliseconds(300)) }
        for _ in 0..<100 { limit.ended(inFlight: 2, work: .milliseconds(500), waited: .milliseconds(310)) }
        #expect(limit.limit == SlotLimit.first && !limit.hasWaited)
    }

    @Test("a refusal lowers it; answers without counters raise it, but not without end")
    func others() {
        var limit = SlotLimit()
        limit.refused(inFlight: 3)
        #expect(limit.limit == 2)
        limit.refused(inFlight: 1)
        #expect(limit.limit == 1)
        var blind = SlotLimit()
        for _ in 0..<1000 { blind.ended(inFlight: blind.limit, work: .zero, waited: nil) }
        #expect(blind.limit == SlotLimit.blindHighest)
    }
}
