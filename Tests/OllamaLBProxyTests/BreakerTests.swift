import Testing

@testable import OllamaLBProxy

@Suite struct BreakerTests {
    static let start = ContinuousClock.now

    /// A breaker that was opened at `start`.
    static func opened() -> Breaker {
        var breaker = Breaker()
        for _ in 0..<3 { breaker.failed(.none, now: start) }
        return breaker
    }

    /// Half-open, its one request under way.
    static func probing(at now: ContinuousClock.Instant) -> (Breaker, Breaker.Pass) {
        var breaker = opened()
        _ = breaker.admits(now: now)
        let pass = breaker.begins()
        return (breaker, pass)
    }

    @Test("three failures in a row open it, fewer do not")
    func opens() {
        var breaker = Breaker()
        for name in ["closed", "closed", "open"] {
            #expect(breaker.admits(now: Self.start) == true)
            breaker.failed(breaker.begins(), now: Self.start)
            #expect(breaker.name == name)
        }
        #expect(breaker.admits(now: Self.start) == false)
    }

    @Test("a success between failures begins the count anew")
    func success() {
        var breaker = Breaker()
        for _ in 0..<10 {
            breaker.failed(breaker.begins(), now: Self.start)
            breaker.failed(breaker.begins(), now: Self.start)
            breaker.succeeded()
        }
        #expect(breaker == Breaker() && breaker.name == "closed")
    }

    @Test("requests that were abandoned say nothing, for or against")
    func abandonedWhileClosed() {
        var breaker = Breaker()
        breaker.failed(.none, now: Self.start)
        breaker.abandoned(breaker.begins())
        #expect(breaker.failures == 1)
        breaker.failed(.none, now: Self.start)
        breaker.failed(.none, now: Self.start)
        breaker.abandoned(.none)
        #expect(breaker.name == "open")
    }

    @Test("an open one lets nothing through for five seconds, then one request")
    func halfOpens() {
        var breaker = Self.opened()
        #expect(!breaker.admits(now: Self.start + .milliseconds(4999)) && breaker.name == "open")
        let later = Self.start + .seconds(5)
        // Asked by a choice that then takes another backend: it still admits.
        #expect(breaker.admits(now: later) && breaker.admits(now: later) && breaker.name == "half-open")
        _ = breaker.begins()
        #expect(!breaker.admits(now: later) && !breaker.admits(now: later + .seconds(3600)))
        breaker.succeeded()
        #expect(breaker.state == .closed && breaker.failures == 0)
    }

    @Test("a failed trial opens it for twice as long, up to a minute")
    func doubles() {
        var breaker = Self.opened()
        var now = Self.start
        for pause in [5, 10, 20, 40, 60, 60, 60] {
            #expect(breaker.admits(now: now + .seconds(pause) - .milliseconds(1)) == false)
            now += .seconds(pause)
            #expect(breaker.admits(now: now) == true)
            breaker.failed(breaker.begins(), now: now)
            #expect(breaker.name == "open")
        }
    }

    @Test("after a success the next pause is five seconds again")
    func pauseResets() {
        var (breaker, pass) = Self.probing(at: Self.start + .seconds(5))
        breaker.failed(pass, now: Self.start)
        #expect(breaker.admits(now: Self.start + .seconds(10)) == true)
        _ = breaker.begins()
        breaker.succeeded()
        for _ in 0..<3 { breaker.failed(breaker.begins(), now: Self.start) }
        #expect(breaker.admits(now: Self.start + .milliseconds(4999)) == false)
        #expect(breaker.admits(now: Self.start + .seconds(5)) == true)
    }

    @Test("a trial that the client abandoned makes room for another")
    func abandonedTrial() {
        let later = Self.start + .seconds(5)
        var (breaker, pass) = Self.probing(at: later)
        breaker.abandoned(pass)
        #expect(breaker.name == "half-open")
        #expect(breaker.admits(now: later) == true)
        let second = breaker.begins()
        #expect(breaker.admits(now: later) == false)
        breaker.abandoned(pass)
        #expect(breaker.admits(now: later) == false, "only the trial under way speaks")
        breaker.abandoned(second)
        #expect(breaker.admits(now: later) == true)
    }

    @Test("while the trial is under way, what began before it neither makes room for another nor opens it again")
    func strangersDuringTrial() {
        var breaker = Breaker()
        let old = breaker.begins()
        for _ in 0..<3 { breaker.failed(breaker.begins(), now: Self.start) }
        let later = Self.start + .seconds(5)
        #expect(breaker.admits(now: later) == true)
        let trial = breaker.begins()
        breaker.abandoned(old)
        #expect(breaker.admits(now: later) == false)
        breaker.failed(old, now: later)
        #expect(breaker.name == "half-open")
        #expect(breaker.admits(now: later) == false)
        breaker.failed(trial, now: later)
        #expect(breaker.name == "open")
        #expect(breaker.admits(now: later + .milliseconds(9999)) == false)
        #expect(breaker.admits(now: later + .seconds(10)) == true)
    }

    @Test("a server that was gone and is back may be tried at once, by one request")
    func cameBack() {
        var breaker = Self.opened()
        breaker.cameBack()
        #expect(breaker.admits(now: Self.start) == true)
        let trial = breaker.begins()
        breaker.cameBack()
        #expect(breaker.admits(now: Self.start) == false, "it does not make room for a second trial")
        breaker.failed(trial, now: Self.start)
        #expect(breaker.admits(now: Self.start + .seconds(9)) == false)
        var closed = Breaker()
        closed.cameBack()
        #expect(closed == Breaker())
    }

    @Test("failures of requests that were under way when it opened do not lengthen the pause")
    func stragglers() {
        var breaker = Self.opened()
        for second in 1...4 { breaker.failed(.none, now: Self.start + .seconds(second)) }
        #expect(breaker.admits(now: Self.start + .seconds(5)) == true)
    }

    @Test("a late success closes an open one: the backend evidently answers")
    func lateSuccess() {
        var breaker = Self.opened()
        breaker.succeeded()
        #expect(breaker.admits(now: Self.start) == true)
    }

    @Test("whatever happens, an open one never lets through before its time, a half-open one never two at once")
    func property() {
        var generator = SeededGenerator(state: 5)
        var breaker = Breaker()
        var now = Self.start
        var under: [Breaker.Pass] = []
        for _ in 0..<20_000 {
            now += .milliseconds(Int.random(in: 0..<3000, using: &generator))
            if case .open(let until) = breaker.state { #expect(until <= now + .seconds(60)) }
            let before = breaker.state
            // Any of those under way ends, or one of long ago a second time.
            let pass = under.randomElement(using: &generator) ?? .none
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: breaker.succeeded()
            case 1, 2: breaker.failed(pass, now: now)
            case 3: breaker.abandoned(pass)
            default:
                let admitted = breaker.admits(now: now)
                switch before {
                case .closed: #expect(admitted)
                case .open(let until): #expect(admitted == (now >= until))
                case .halfOpen(let probing): #expect(admitted == !probing)
                }
                if admitted { under.append(breaker.begins()) }
                if under.count > 20 { under.removeFirst() }
            }
        }
    }
}
