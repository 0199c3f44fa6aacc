import Synchronization

/// Bounds the attempts to sign in: 15 in three minutes for each e-mail, good and bad alike.
///
/// Counted in buckets of a minute, so an attempt weighs for three to four minutes. Memory is bounded: beyond
/// `capacity` e-mails the ones that were quiet for longest are given up.
final class SignInLimiter: Sendable {
    static let limit = 15
    static let capacity = 20_000
    private static let bucketSeconds = 60.0
    private static let buckets: Int64 = 4

    private struct Counter {
        /// The minute of the newest count.
        var minute: Int64
        /// Counts of that minute and the ones before, newest first.
        var counts: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)

        var sum: Int { Int(counts.0) + Int(counts.1) + Int(counts.2) + Int(counts.3) }

        mutating func advance(to now: Int64) {
            for _ in 0..<min(max(now - minute, 0), SignInLimiter.buckets) {
                counts = (0, counts.0, counts.1, counts.2)
            }
            minute = max(minute, now)
        }
    }

    /// By a hash, with a seed of this process: an e-mail may be long.
    private let counters = Mutex<[Int: Counter]>([:])
    private let capacity: Int

    init(capacity: Int = SignInLimiter.capacity) {
        self.capacity = capacity
    }

    var count: Int { counters.withLock { $0.count } }

    /// Counts one attempt; false if there were too many, which then does not count.
    /// - Parameter now: seconds on a monotonic clock.
    func allow(_ email: String, now: Double) -> Bool {
        let minute = Int64(now / Self.bucketSeconds)
        let key = email.lowercased().hashValue
        return counters.withLock { counters in
            if counters[key] == nil, counters.count >= capacity { Self.makeRoom(in: &counters, minute, capacity) }
            var counter = counters[key] ?? Counter(minute: minute)
            counter.advance(to: minute)
            let allowed = counter.sum < Self.limit
            if allowed { counter.counts.0 += 1 }
            counters[key] = counter
            return allowed
        }
    }

    private static func makeRoom(in counters: inout [Int: Counter], _ minute: Int64, _ capacity: Int) {
        counters = counters.filter { minute - $0.value.minute < buckets }
        let surplus = counters.count - capacity * 9 / 10
        guard surplus > 0 else { return }
        for (key, _) in counters.sorted(by: { $0.value.minute < $1.value.minute }).prefix(surplus) {
            counters[key] = nil
        }
    }
}
