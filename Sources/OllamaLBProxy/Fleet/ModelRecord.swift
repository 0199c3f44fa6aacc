import Reactor

/// What was measured of one model on one backend.
@ReactorActor
final class ModelRecord {
    let inFlight = InFlight()
    /// Answers that have begun and not ended.
    let running = InFlight()
    var slots = SlotLimit()
    var ejection = Ejection()
    private(set) var firstByte = MovingAverage()
    private(set) var speed = MovingAverage()
    private var lastAnswer: ContinuousClock.Instant?
    var requests: UInt64 = 0
    var errors: UInt64 = 0
    private(set) var coldStarts: UInt64 = 0
    private(set) var promptTokens: UInt64 = 0
    private(set) var completionTokens: UInt64 = 0

    /// Older averages say nothing of now: the backend is asked anew.
    static let staleAfter: Duration = .seconds(300)

    func firstByteMilliseconds(now: ContinuousClock.Instant) -> Double? {
        guard let lastAnswer, now - lastAnswer <= Self.staleAfter else { return nil }
        return firstByte.value
    }

    /// `firstByteMilliseconds`: not of cold starts, which are no sign of slowness.
    func answered(_ account: AnswerAccount, now: ContinuousClock.Instant) {
        promptTokens += account.promptTokens
        completionTokens += account.completionTokens
        lastAnswer = now
        if account.isColdStart {
            coldStarts += 1
            // Better than nothing; the first warm answer replaces it.
            if firstByte.samples > 0 { return }
        }
        firstByte.add(account.firstByteMilliseconds)
    }

    func add(speed sample: Double) { speed.add(sample) }
}
