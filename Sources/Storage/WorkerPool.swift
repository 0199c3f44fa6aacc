import Dispatch
import Glibc
import Synchronization

/// Threads of its own for calls that block (SQLite, bcrypt), with a bounded queue.
///
/// Blocking calls must run neither on an event loop nor on Swift's cooperative pool, whose threads are as many as
/// the cores; a pool of our own also bounds how much work can wait.
public final class WorkerPool: Sendable {
    /// The queue was full.
    public struct Full: Error, Sendable {}

    private let shared: SharedQueue
    private let threads: Int

    /// - Parameters:
    ///   - name: shown in `ps -T` and `top -H`; 15 bytes at most.
    ///   - capacity: how many calls may wait; one more is refused.
    ///   - niceness: how far the threads stand back behind the process' others, by nice(2).
    public init(name: String, threads: Int, capacity: Int, niceness: Int32 = 0) {
        self.threads = max(1, threads)
        shared = SharedQueue(capacity: capacity)
        var started = 0
        for _ in 0..<self.threads where Self.startThread(ThreadContext(name: name, niceness: niceness, shared: shared))
        {
            started += 1
        }
        // Without a thread nothing would ever run: refuse instead.
        if started == 0 { shared.stop(threads: 0) }
    }

    deinit {
        shared.stop(threads: threads)
    }

    /// Runs `body` on one of the threads. It is not interrupted by cancellation.
    /// - Throws: `Full`, or what `body` throws.
    public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = shared.append { continuation.resume(with: Result(catching: body)) }
            if !accepted { continuation.resume(throwing: Full()) }
        }
    }

    private static func startThread(_ context: ThreadContext) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 1 << 20)
        let context = Unmanaged.passRetained(context)
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { pointer in
                guard let pointer else { return nil }
                let context = Unmanaged<ThreadContext>.fromOpaque(pointer).takeRetainedValue()
                context.prepareThread()
                while let job = context.shared.next() { job() }
                return nil
            }, context.toOpaque())
        if status != 0 { context.release() }
        return status == 0
    }
}

private final class ThreadContext: Sendable {
    private let name: String
    private let niceness: Int32
    let shared: SharedQueue

    init(name: String, niceness: Int32, shared: SharedQueue) {
        self.name = String(name.prefix(15))
        self.niceness = niceness
        self.shared = shared
    }

    func prepareThread() {
        nameThread()
        // On Linux this is of the calling thread, not of the process.
        if niceness > 0 { _ = nice(niceness) }
    }

    /// By its file: `prctl` and `pthread_setname_np` are not imported. Only for people, so failure is nothing.
    private func nameThread() {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        _ = Glibc.close(file)
    }
}

/// What the threads and the pool share; the threads do not keep the pool itself alive.
private final class SharedQueue: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var head = 0
        var stopped = false
    }

    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    func append(_ job: @escaping @Sendable () -> Void) -> Bool {
        let accepted = state.withLock { state in
            guard !state.stopped, state.jobs.count - state.head < capacity else { return false }
            state.jobs.append(job)
            return true
        }
        if accepted { signal.signal() }
        return accepted
    }

    /// Waits for a job; nil once stopped and empty.
    func next() -> (@Sendable () -> Void)? {
        signal.wait()
        return state.withLock { state in
            guard state.head < state.jobs.count else { return nil }
            let job = state.jobs[state.head]
            state.head += 1
            // Given up in one go: shifting the array at each call would cost its length.
            if state.head == state.jobs.count || state.head >= 1024 {
                state.jobs.removeFirst(state.head)
                state.head = 0
            }
            return job
        }
    }

    func stop(threads: Int) {
        state.withLock { $0.stopped = true }
        for _ in 0..<threads { signal.signal() }
    }
}
