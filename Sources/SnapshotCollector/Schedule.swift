/// When the next row is due, and what may be deleted: by the monotonic clock where it can be, so that a wall clock that
/// is set does no harm. A pure value.
struct Schedule: Equatable, Sendable {
    /// Seconds between two rows of a backend.
    var interval: Int64
    /// Days that rows are kept; 0: for ever.
    var retentionDays: Int64
    /// Wall clock (epoch seconds) and monotonic time of the round before.
    private var last: (wall: Int64, steady: Int64)?

    /// By how many seconds the wall clock may differ from the monotonic one between two rounds.
    static let tolerance: Int64 = 60

    init(interval: Int64, retentionDays: Int64) {
        self.interval = max(1, interval)
        self.retentionDays = max(0, retentionDays)
    }

    /// Seconds from `now` until a row is due after the newest one there is. A row from the future, which a clock that
    /// was set back leaves, counts as just taken.
    func wait(newest: Int64?, now: Int64) -> Int64 {
        guard let newest else { return 0 }
        let age = now - newest
        return age < 0 ? interval : max(0, interval - age)
    }

    /// Rows from before this time (epoch seconds) may go; nil: none. Right after a jump of the clock nothing is deleted:
    /// a clock that is a year ahead for a moment must not cost all rows.
    mutating func purgeLimit(wall: Int64, steady: Int64) -> Int64? {
        let isSteady = last.map { abs((wall - $0.wall) - (steady - $0.steady)) <= Self.tolerance } ?? false
        last = (wall, steady)
        guard isSteady, retentionDays > 0 else { return nil }
        return wall - retentionDays * 86_400
    }

    static func == (left: Schedule, right: Schedule) -> Bool {
        left.interval == right.interval && left.retentionDays == right.retentionDays
    }
}
