import Testing

@testable import OllamaLBProxy

@Suite struct EjectionTests {
    static let start = ContinuousClock.now

    static func measured(
        _ ejection: inout Ejection, _ speed: Double, median: Double? = 100, times: Int = 1,
        at now: ContinuousClock.Instant = start
    ) {
        for _ in 0..<times { ejection.measured(speed, average: speed, median: median, share: 0.3, now: now) }
    }

    @Test("five answers far below the others' median eject, fewer or faster ones do not")
    func ejects() {
        var ejection = Ejection()
        Self.measured(&ejection, 20, times: 4)
        #expect(!ejection.isEjected)
        Self.measured(&ejection, 20)
        #expect(ejection.isEjected && !ejection.admits(now: Self.start))
        var slow = Ejection()
        Self.measured(&slow, 31, times: 100)
        #expect(!slow.isEjected)
    }

    @Test("one slow answer among fast ones does not eject, nor does a slow past that is over")
    func outliers() {
        var ejection = Ejection()
        for _ in 0..<10 {
            ejection.measured(20, average: 80, median: 100, share: 0.3, now: Self.start)
            ejection.measured(90, average: 25, median: 100, share: 0.3, now: Self.start)
        }
        #expect(!ejection.isEjected)
    }

    @Test("after a pause one request tries it: fast enough, and it is back; else it is out for twice as long")
    func trial() {
        var ejection = Ejection()
        Self.measured(&ejection, 10, times: 5)
        var now = Self.start
        for pause in [30, 60, 120, 240, 480, 600, 600] {
            #expect(!ejection.admits(now: now + .seconds(pause) - .milliseconds(1)))
            now += .seconds(pause)
            #expect(ejection.admits(now: now))
            ejection.begins(now: now)
            #expect(!ejection.admits(now: now), "one at a time")
            Self.measured(&ejection, 35, at: now)
            #expect(ejection.isEjected, "35 is above the threshold, but not clearly")
        }
        ejection.begins(now: now + .seconds(600))
        Self.measured(&ejection, 50, at: now)
        #expect(!ejection.isEjected && ejection.admits(now: now))
    }

    @Test("a trial that says nothing makes room for another")
    func abandoned() {
        var ejection = Ejection()
        Self.measured(&ejection, 10, times: 5)
        let later = Self.start + .seconds(30)
        ejection.begins(now: later)
        ejection.abandoned(now: later)
        #expect(ejection.isEjected && ejection.admits(now: later))
    }

    @Test("without others to compare with, or switched off, nobody is ejected, and who was is back")
    func alone() {
        var ejection = Ejection()
        Self.measured(&ejection, 1, median: nil, times: 100)
        #expect(!ejection.isEjected)
        for _ in 0..<100 { ejection.measured(1, average: 1, median: 100, share: 0, now: Self.start) }
        #expect(!ejection.isEjected)
        Self.measured(&ejection, 1, times: 5)
        #expect(ejection.isEjected)
        Self.measured(&ejection, 1, median: nil)
        #expect(!ejection.isEjected)
    }

    @Test("the median")
    func median() {
        #expect(Ejection.median([]) == nil && Ejection.median([3]) == 3)
        #expect(Ejection.median([9, 1, 5]) == 5 && Ejection.median([9, 1, 5, 7]) == 6)
    }

    @Test("what is counted as under way is given back once, however it ends")
    func tokens() {
        let first = InFlight()
        let second = InFlight()
        do {
            let token = InFlightToken([first, second])
            #expect(first.count == 1 && second.count == 1)
            _ = consume token
            #expect(first.count == 0 && second.count == 0)
        }
        var kept: InFlightToken? = InFlightToken([first])
        #expect(first.count == 1 && kept != nil)
        kept = InFlightToken([first])
        #expect(first.count == 1)
        kept = nil
        kept = nil
        #expect(first.count == 0 && second.count == 0)
    }

    @Test("a share grows from a tenth to the whole in its time")
    func slowStart() {
        var start = SlowStart()
        #expect(start.share(now: Self.start, over: .seconds(30)) == 1)
        start.begin(now: Self.start)
        #expect(start.share(now: Self.start, over: .seconds(30)) == 0.1)
        #expect(abs(start.share(now: Self.start + .seconds(15), over: .seconds(30)) - 0.55) < 1e-9)
        #expect(start.share(now: Self.start + .seconds(31), over: .seconds(30)) == 1)
        #expect(start.share(now: Self.start, over: .zero) == 1)
    }

    @Test("names that stand for different models are found, and only those")
    func digests() {
        let found = DigestCheck.mismatches([
            (0, ["a": "1", "b": "1", "c": ""]), (1, ["a": "2", "b": "1", "c": "9"]), (2, ["a": "1", "d": "4"]),
        ])
        #expect(
            found == [
                .init(model: "a", variants: [.init(digest: "1", backends: [0, 2]), .init(digest: "2", backends: [1])])
            ])
        #expect(found.first?.text == "0,2: 1; 1: 2")
    }
}
