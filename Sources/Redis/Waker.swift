import CLinux
import Glibc
import Synchronization

/// Wakes a thread that waits in poll, for something to do or to stop.
final class Waker: Sendable {
    /// Readable when there was a call of `wake` or `stop`; `settle` makes it quiet again.
    let descriptor: CInt
    private let stopped = Atomic(false)

    init() throws(RedisError) {
        descriptor = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .unavailable("eventfd: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    var isStopped: Bool { stopped.load(ordering: .acquiring) }

    func wake() { eventfd_write(descriptor, 1) }

    func stop() {
        stopped.store(true, ordering: .releasing)
        wake()
    }

    func settle() {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
    }

    /// Waits until the time has come, or until it is stopped.
    func pause(for duration: Duration) {
        let deadline = ContinuousClock.now + duration
        while !isStopped, ContinuousClock.now < deadline {
            var place = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&place, 1, Self.milliseconds(until: deadline)) > 0 { settle() }
        }
    }

    /// For poll: rounded up, so that the time has come when it returns.
    static func milliseconds(until deadline: ContinuousClock.Instant) -> CInt {
        let left = max(.zero, deadline - .now).components
        return CInt(clamping: left.seconds * 1000 + (left.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
