import Testing

@testable import Identity

@Suite("The sign-in limit")
struct SignInLimiterTests {
    @Test("fifteen attempts pass, the sixteenth does not, in whatever case the e-mail is written")
    func limit() {
        let limiter = SignInLimiter()
        let allowed = (0..<20).map { limiter.allow($0 % 2 == 0 ? "A@lab.test" : "a@LAB.test", now: 1_000) }
        #expect(allowed == Array(repeating: true, count: 15) + Array(repeating: false, count: 5))
        #expect(limiter.allow("b@lab.test", now: 1_000))
    }

    @Test("attempts weigh for three to four minutes")
    func window() {
        let limiter = SignInLimiter()
        for _ in 0..<15 { #expect(limiter.allow("a", now: 600)) }
        #expect(!limiter.allow("a", now: 600 + 179))
        #expect(!limiter.allow("a", now: 600 + 239))
        #expect(limiter.allow("a", now: 600 + 240))
    }

    @Test("refused attempts do not prolong it")
    func refused() {
        let limiter = SignInLimiter()
        for second in 0..<240 { _ = limiter.allow("a", now: 600 + Double(second)) }
        #expect(limiter.allow("a", now: 600 + 240))
    }

    @Test("memory is bounded, and the busiest are kept")
    func bounded() {
        let limiter = SignInLimiter(capacity: 100)
        for index in 0..<10_000 { #expect(limiter.allow("\(index)", now: 600)) }
        #expect(limiter.count <= 100)
        for _ in 0..<15 { _ = limiter.allow("victim", now: 700) }
        for index in 0..<60 { _ = limiter.allow("x\(index)", now: 640) }
        #expect(!limiter.allow("victim", now: 700))
    }

    @Test("a clock that stands still or starts at 0 does no harm")
    func zero() {
        let limiter = SignInLimiter()
        #expect((0..<16).map { _ in limiter.allow("a", now: 0) }.last == false)
    }
}
