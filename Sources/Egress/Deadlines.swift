import Glibc

/// When an exchange has waited long enough; a pure value in milliseconds of the monotonic clock.
///
/// Bytes only note the time. The one timer of an exchange asks `verdict` when it fires, and is set again for what is
/// left: no timer is moved for a chunk.
struct Deadlines {
    enum Verdict: Equatable {
        case expired(HTTPFailure.Kind)
        /// Ask again after this many milliseconds.
        case again(Int)
        case never
    }

    private let firstByte: Int?
    private let idle: Int?
    private let total: Int?
    private let started: Int
    private(set) var headAt: Int?
    var lastActivity: Int
    var isPaused = false

    init(_ timeouts: Request.Timeouts, now: Int) {
        firstByte = timeouts.firstByte.map(Self.milliseconds)
        idle = timeouts.idle.map(Self.milliseconds)
        total = timeouts.total.map(Self.milliseconds)
        started = now
        lastActivity = now
    }

    mutating func headArrived(at now: Int) {
        headAt = now
        lastActivity = now
    }

    func elapsed(at now: Int) -> Int { now - started }
    var headMilliseconds: Int { (headAt ?? started) - started }

    func verdict(at now: Int) -> Verdict {
        var left = Int.max
        if let total {
            left = started + total - now
            if left <= 0 { return .expired(.totalTimeout) }
        }
        if let limit = headAt == nil ? firstByte : idle {
            let rest = (isPaused && headAt != nil ? now : lastActivity) + limit - now
            if rest <= 0 { return .expired(headAt == nil ? .firstByteTimeout : .idleTimeout) }
            left = min(left, rest)
        }
        return left == Int.max ? .never : .again(left)
    }

    static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        // A year is for ever, and cannot overflow what follows.
        return Int(min(max(seconds, 0), 31_536_000)) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    /// The monotonic clock, exact to a few milliseconds and read without a system call.
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
