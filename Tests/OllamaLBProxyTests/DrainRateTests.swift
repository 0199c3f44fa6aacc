import Testing

@testable import OllamaLBProxy

@Suite struct DrainRateTests {
    static let start = ContinuousClock.now

    @Test("the rate is that of the latest releases, until now")
    func rate() {
        var rate = DrainRate()
        #expect(rate.perSecond(now: Self.start) == nil)
        for second in 0...10 { rate.released(at: Self.start + .seconds(second * 2)) }
        #expect(rate.perSecond(now: Self.start + .seconds(20)) == 0.5)
        #expect(rate.seconds(until: 4, now: Self.start + .seconds(20)) == 8)
        #expect(rate.seconds(until: 1, now: Self.start + .seconds(20)) == 2)
        // A server that hangs: the rate falls while nothing comes.
        #expect(rate.perSecond(now: Self.start + .seconds(40)) == 0.25)
        #expect(rate.perSecond(now: Self.start + .seconds(1000)) == nil, "that was too long ago")
    }

    @Test("without releases another rate serves, and without any a fixed time")
    func unknown() {
        var rate = DrainRate()
        #expect(rate.seconds(until: 3, now: Self.start) == DrainRate.unknownSeconds)
        #expect(rate.seconds(until: 3, now: Self.start, otherwise: 0.5) == 6)
        rate.released(at: Self.start)
        #expect(rate.seconds(until: 3, now: Self.start, otherwise: 0) == DrainRate.unknownSeconds)
    }

    @Test("what is told is a whole second at least and ten minutes at most")
    func bounds() {
        var rate = DrainRate()
        for _ in 0..<100 { rate.released(at: Self.start) }
        #expect(rate.seconds(until: 1, now: Self.start) == 1)
        #expect(rate.perSecond(now: Self.start) == 310)
        var slow = DrainRate()
        slow.released(at: Self.start)
        slow.released(at: Self.start + .seconds(100))
        #expect(slow.seconds(until: 1_000_000, now: Self.start + .seconds(100)) == 600)
    }
}
