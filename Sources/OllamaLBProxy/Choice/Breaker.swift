/// A backend's circuit breaker, without a clock of its own.
///
/// closed —3 failures in a row→ open —5 s→ half-open: one request may pass; its success closes, its failure opens again
/// for twice as long, 60 s at most.
struct Breaker: Equatable, Sendable {
    enum State: Equatable, Sendable {
        case closed
        case open(until: ContinuousClock.Instant)
        /// `probing`: the one request is under way.
        case halfOpen(probing: Bool)
    }

    /// What a request that began says of itself when it fails or is abandoned: of a half-open breaker only the trial speaks.
    struct Pass: Equatable, Sendable {
        fileprivate var trial: UInt64?

        /// Of a request that has not begun.
        static let none = Pass(trial: nil)
    }

    private(set) var state = State.closed
    private(set) var failures = 0
    private var pause: Duration = Self.firstPause
    /// Numbers the trials, so that one of long ago is told apart from the one under way.
    private var trials: UInt64 = 0

    static let threshold = 3
    static let firstPause: Duration = .seconds(5)
    static let longestPause: Duration = .seconds(60)

    /// May a request pass now?
    mutating func admits(now: ContinuousClock.Instant) -> Bool {
        switch state {
        case .closed: return true
        case .open(let until):
            guard now >= until else { return false }
            state = .halfOpen(probing: false)
            return true
        case .halfOpen(let probing): return !probing
        }
    }

    /// A request that `admits` let through begins. In the half-open state it is the trial.
    mutating func begins() -> Pass {
        guard case .halfOpen(probing: false) = state else { return Pass(trial: nil) }
        state = .halfOpen(probing: true)
        trials += 1
        return Pass(trial: trials)
    }

    private func isTrial(_ pass: Pass) -> Bool { state == .halfOpen(probing: true) && pass.trial == trials }

    /// Whichever request it was: the backend evidently answers.
    mutating func succeeded() {
        failures = 0
        pause = Self.firstPause
        state = .closed
    }

    mutating func failed(_ pass: Pass, now: ContinuousClock.Instant) {
        switch state {
        case .closed:
            failures += 1
            guard failures >= Self.threshold else { return }
            pause = Self.firstPause
        case .halfOpen:
            guard isTrial(pass) else { return }
            pause = min(pause * 2, Self.longestPause)
        case .open: return
        }
        state = .open(until: now + pause)
    }

    /// The request ended without saying anything about the backend (the client left).
    mutating func abandoned(_ pass: Pass) {
        if isTrial(pass) { state = .halfOpen(probing: false) }
    }

    /// The server was gone and is back, perhaps another process: it need not sit out its time, one request may try it.
    mutating func cameBack() {
        if case .open = state { state = .halfOpen(probing: false) }
    }

    /// closed, open, half-open
    var name: String {
        switch state {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half-open"
        }
    }
}
