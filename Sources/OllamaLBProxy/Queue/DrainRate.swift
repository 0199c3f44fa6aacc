import DaemonKit

/// How fast places become free: what a waiting client is told, and `Retry-After`.
struct DrainRate: Sendable {
    /// The latest, oldest first.
    private var releases: [ContinuousClock.Instant] = []
    static let kept = 32
    /// What is older says nothing about now.
    static let memory: Duration = .seconds(120)
    /// Until something is known.
    static let unknownSeconds = 5
    static let longestSeconds = 600

    mutating func released(at now: ContinuousClock.Instant) {
        releases.append(now)
        if releases.count > Self.kept { releases.removeFirst(releases.count - Self.kept) }
    }

    /// Releases in a second, from the oldest that counts until now; nil: none to go by.
    func perSecond(now: ContinuousClock.Instant) -> Double? {
        let recent = releases.filter { now - $0 <= Self.memory }
        guard let oldest = recent.first, recent.count > 1 else { return nil }
        // The first one opens the interval, it does not count; a burst in one instant is taken as a tenth of a second.
        return Double(recent.count - 1) / max(0.1, oldest.duration(to: now).seconds)
    }

    /// Whole seconds until so many places have become free, 1 at least. `otherwise`: the rate where none was measured.
    func seconds(until places: Int, now: ContinuousClock.Instant, otherwise: Double? = nil) -> Int {
        guard let rate = perSecond(now: now) ?? otherwise, rate > 0 else { return Self.unknownSeconds }
        return min(Self.longestSeconds, max(1, Int((Double(places) / rate).rounded(.up))))
    }
}
