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

    private(set) var state = State.closed
    private(set) var failures = 0
    private var pause: Duration = Self.firstPause

    static let threshold = 3
    static let firstPause: Duration = .seconds(5)
    static let longestPause: Duration = .seconds(60)

    /// May a request pass now? In the half-open state the caller that gets true is the probe.
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

    /// A request that `admits` let through begins.
    mutating func begins() {
        if case .halfOpen = state { state = .halfOpen(probing: true) }
    }

    mutating func succeeded() {
        self = Breaker()
    }

    mutating func failed(now: ContinuousClock.Instant) {
        failures += 1
        switch state {
        case .closed where failures < Self.threshold: return
        case .closed: pause = Self.firstPause
        case .halfOpen: pause = min(pause * 2, Self.longestPause)
        case .open: return
        }
        state = .open(until: now + pause)
    }

    /// The request ended without saying anything about the backend (the client left).
    mutating func abandoned() {
        if case .halfOpen = state { state = .halfOpen(probing: false) }
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
