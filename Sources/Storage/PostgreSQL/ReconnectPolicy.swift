/// When to try the server again after it could not be reached. Decides; whoever asks connects.
///
/// While it is down one call in each interval tries, all others are refused at once; the interval doubles.
struct ReconnectPolicy: Equatable {
    static let shortest = Duration.milliseconds(100)
    static let longest = Duration.seconds(2)

    private enum State: Equatable {
        case up
        case down(until: ContinuousClock.Instant, delay: Duration)
        case trying(delay: Duration)
    }

    private var state = State.up

    /// Whether this call may connect. It must then report `succeeded` or `failed`.
    mutating func mayConnect(now: ContinuousClock.Instant) -> Bool {
        switch state {
        case .up: return true
        case .trying: return false
        case .down(let until, let delay):
            guard now >= until else { return false }
            state = .trying(delay: delay)
            return true
        }
    }

    mutating func succeeded() { state = .up }

    mutating func failed(now: ContinuousClock.Instant) {
        let delay =
            switch state {
            case .up: Self.shortest
            case .down(_, let delay): delay
            case .trying(let delay): min(delay * 2, Self.longest)
            }
        state = .down(until: now + delay, delay: delay)
    }
}
