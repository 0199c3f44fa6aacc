import CLinux
import Glibc
import Synchronization

/// The event loop of a process: epoll, timers, work posted by other threads, and an executor for `@ReactorActor`.
///
/// One thread turns it: the main thread of a daemon (`runForever`), or a thread of its own that the first use starts
/// (tests, command-line clients). A turn is: wait, handle what is ready, run what is due and what was posted, then run
/// the *end-of-turn* actions, which is where connections write out all that one turn produced in one system call.
///
/// `@unchecked Sendable`: the fields below `mailbox` are touched only by the loop's thread; `mailbox` is a Mutex.
public final class Reactor: SerialExecutor, @unchecked Sendable {
    public static let shared = Reactor()

    private enum Work {
        case job(UnownedJob)
        case closure(@ReactorActor @Sendable () -> Void)
    }

    private struct Mailbox: ~Copyable {
        var work: [Work] = []
        var isWoken = false
        var hasThread = false
    }

    private let mailbox = Mutex(Mailbox())
    private let epoll: CInt
    private let wake: CInt

    private var thread: pthread_t?
    private var watches: [CInt: Watch] = [:]
    private var serial: UInt32 = 0
    var timers = TimerHeap()
    private var endOfTurn: [@ReactorActor () -> Void] = []
    /// Turns made so far; for tests and figures.
    public private(set) var turns: UInt64 = 0

    private struct Watch {
        var serial: UInt32
        var handler: @ReactorActor (Readiness) -> Void
    }

    private init() {
        epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        wake = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        precondition(epoll >= 0 && wake >= 0, "no descriptors left for an event loop")
        control(EPOLL_CTL_ADD, wake, [.readable], key: UInt64(UInt32(bitPattern: wake)))
    }

    // MARK: The thread

    /// Turns the loop on the calling thread until the process ends, `first` before anything else. To be called before
    /// anything is posted: what is posted earlier starts a thread of its own.
    public func runForever(_ first: @escaping @ReactorActor @Sendable () -> Void) -> Never {
        let isFree = mailbox.withLock { mailbox in
            defer { mailbox.hasThread = true }
            return !mailbox.hasThread
        }
        precondition(isFree, "the event loop has a thread already")
        execute(first)
        runForever()
    }

    private func runForever() -> Never {
        thread = pthread_self()
        while true { turn() }
    }

    private func ensureThread(_ mailbox: inout Mailbox) {
        guard !mailbox.hasThread else { return }
        mailbox.hasThread = true
        var started = pthread_t()
        let result = pthread_create(&started, nil, { _ in Reactor.shared.runForever() }, nil)
        precondition(result == 0, "cannot start the event loop's thread")
        pthread_detach(started)
    }

    /// True on the loop's thread.
    public var isOnThread: Bool { thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }

    public func checkIsolated() {
        precondition(isOnThread, "not on the event loop's thread")
    }

    // MARK: Work from other threads

    public func enqueue(_ job: consuming ExecutorJob) { post(.job(UnownedJob(job))) }

    /// Runs `body` on the loop, after what is already posted. From any thread.
    public func execute(_ body: @escaping @ReactorActor @Sendable () -> Void) { post(.closure(body)) }

    private func post(_ work: Work) {
        let mustWake = mailbox.withLock { mailbox in
            mailbox.work.append(work)
            ensureThread(&mailbox)
            defer { mailbox.isWoken = true }
            return !mailbox.isWoken
        }
        if mustWake {
            var one: UInt64 = 1
            _ = write(wake, &one, 8)
        }
    }

    private func runPosted() {
        // One batch a turn: work that posts work must not keep the loop from its sockets.
        let batch = mailbox.withLock { mailbox in
            mailbox.isWoken = false
            return exchange(&mailbox.work, with: [])
        }
        for work in batch {
            switch work {
            case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .closure(let body): ReactorActor.assumeIsolated(body)
            }
        }
    }

    // MARK: Descriptors

    /// Calls `handler` whenever `fd` is ready (level-triggered). One watch a descriptor. The caller keeps the
    /// descriptor open until `unwatch`.
    @ReactorActor
    public func watch(_ fd: CInt, _ interest: Interest, _ handler: @escaping @ReactorActor (Readiness) -> Void) {
        serial &+= 1
        precondition(watches[fd] == nil, "descriptor watched twice")
        watches[fd] = Watch(serial: serial, handler: handler)
        control(EPOLL_CTL_ADD, fd, interest, key: key(fd, serial))
    }

    /// Changes what a watched descriptor is waited for.
    @ReactorActor
    public func rewatch(_ fd: CInt, _ interest: Interest) {
        guard let watch = watches[fd] else { return }
        control(EPOLL_CTL_MOD, fd, interest, key: key(fd, watch.serial))
    }

    /// Ends a watch; the handler is not called again, not even for what this turn already saw.
    @ReactorActor
    public func unwatch(_ fd: CInt) {
        guard watches.removeValue(forKey: fd) != nil else { return }
        control(EPOLL_CTL_DEL, fd, [], key: 0)
    }

    private func key(_ fd: CInt, _ serial: UInt32) -> UInt64 {
        UInt64(serial) << 32 | UInt64(UInt32(bitPattern: fd))
    }

    private func control(_ operation: CInt, _ fd: CInt, _ interest: Interest, key: UInt64) {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = key
        _ = epoll_ctl(epoll, operation, fd, &event)
    }

    // MARK: Time

    /// Runs `body` once after `delay`, unless the returned timer is cancelled before.
    @ReactorActor
    @discardableResult
    public func schedule(after delay: Duration, _ body: @escaping @ReactorActor () -> Void) -> ReactorTimer {
        let timer = ReactorTimer(deadline: .now + delay, body: body)
        timers.insert(timer)
        return timer
    }

    /// Runs `body` at the end of this turn, once, after everything that the turn has to handle.
    @ReactorActor
    public func atEndOfTurn(_ body: @escaping @ReactorActor () -> Void) { endOfTurn.append(body) }

    // MARK: The turn

    private func turn() {
        let capacity = 256
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: capacity) { events in
            let count = epoll_wait(epoll, events.baseAddress, CInt(capacity), waitMilliseconds())
            turns &+= 1
            for index in 0..<max(0, Int(count)) { dispatch(events[index]) }
        }
        runTimers()
        runPosted()
        while !endOfTurn.isEmpty {
            for body in exchange(&endOfTurn, with: []) { ReactorActor.assumeIsolated(body) }
        }
    }

    private func dispatch(_ event: epoll_event) {
        let fd = CInt(bitPattern: UInt32(truncatingIfNeeded: event.data.u64))
        if fd == wake {
            var count: UInt64 = 0
            _ = read(wake, &count, 8)
            return
        }
        guard let watch = watches[fd], watch.serial == UInt32(event.data.u64 >> 32) else { return }
        ReactorActor.assumeIsolated { watch.handler(Readiness(rawValue: event.events)) }
    }

    private func waitMilliseconds() -> CInt {
        // What the last turn's end posted must not wait for the next descriptor.
        guard mailbox.withLock({ $0.work.isEmpty }) else { return 0 }
        guard let next = timers.next else { return -1 }
        let left = ContinuousClock.now.duration(to: next.deadline)
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        guard seconds < 3600 else { return 3_600_000 }
        return CInt(seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }

    private func runTimers() {
        guard timers.next != nil else { return }
        let now = ContinuousClock.now
        while let timer = timers.next, timer.deadline <= now {
            timers.remove(timer)
            ReactorActor.assumeIsolated { timer.fire() }
        }
    }
}

/// `swap` that hands back the old value: leaves `value` replaced before the old one is used.
func exchange<Value>(_ value: inout Value, with replacement: Value) -> Value {
    let old = value
    value = replacement
    return old
}
