/// Leaves out a backend that is far slower than the others at the same model, without a clock of its own.
///
/// It gets what nobody else has room for, and after a pause one request as a trial, whose speed decides: back, or out for
/// twice as long.
struct Ejection: Equatable, Sendable {
    enum State: Equatable, Sendable {
        case included
        case ejected(until: ContinuousClock.Instant)
        case trying
    }

    private(set) var state = State.included
    private var pause = Self.firstPause
    /// Answers with their speed, until now.
    private(set) var samples = 0

    static let firstPause: Duration = .seconds(30)
    static let longestPause: Duration = .seconds(600)
    /// Fewer say nothing.
    static let neededSamples = 5

    var isEjected: Bool { state != .included }

    /// May it be chosen like the others? True too when its pause is over: the next request is the trial.
    func admits(now: ContinuousClock.Instant) -> Bool {
        switch state {
        case .included: true
        case .ejected(let until): now >= until
        case .trying: false
        }
    }

    /// A request begins on it.
    mutating func begins(now: ContinuousClock.Instant) {
        if case .ejected(let until) = state, now >= until { state = .trying }
    }

    /// A trial that says nothing makes room for another.
    mutating func abandoned(now: ContinuousClock.Instant) {
        if state == .trying { state = .ejected(until: now) }
    }

    /// An answer's speed. `average`: its own moving average; `median`: of the others, nil when they are not known;
    /// `share`: below this part of the median it is out, 0 never.
    mutating func measured(
        _ sample: Double, average: Double, median: Double?, share: Double, now: ContinuousClock.Instant
    ) {
        samples += 1
        guard let median, share > 0 else {
            self = Ejection(samples: samples)
            return
        }
        switch state {
        case .included:
            guard samples >= Self.neededSamples, average < median * share, sample < median * share else { return }
            state = .ejected(until: now + pause)
        case .trying:
            // Clearly above the threshold: it must not go in and out.
            if sample >= median * min(1, share * 1.5) {
                self = Ejection()
            } else {
                pause = min(pause * 2, Self.longestPause)
                state = .ejected(until: now + pause)
            }
        case .ejected: return
        }
    }

    init(samples: Int = 0) { self.samples = samples }

    static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
