import Glibc
import Synchronization

/// A thread for calls that block, which neither Swift's cooperative pool nor an event loop may do.
final class OwnThread: Sendable {
    private struct End {
        var hasEnded = false
        var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
        var next = 0
    }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        let thread: OwnThread

        init(_ name: String, _ run: @escaping @Sendable () -> Void, _ thread: OwnThread) {
            (self.name, self.run, self.thread) = (name, run, thread)
        }
    }

    private let end = Mutex(End())

    /// - Parameter name: shown by `ps -T` and `top -H`; 15 bytes at most.
    func start(name: String, _ run: @escaping @Sendable () -> Void) throws(RedisError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 512 << 10)
        let body = Unmanaged.passRetained(Body(name, run, self))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, &attributes,
            { pointer in
                guard let pointer else { return nil }
                let body = Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue()
                OwnThread.prepare(name: body.name)
                body.run()
                body.thread.hasEnded()
                return nil
            }, body.toOpaque())
        guard result != 0 else { return }
        body.release()
        throw .unavailable("no thread: \(String(cString: strerror(result)))")
    }

    /// Named, and without signals: hiredis' writes may raise SIGPIPE, and all others are for other threads.
    private static func prepare(name: String) {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        // By its file: `pthread_setname_np` is not imported. Only for people, so failure is nothing.
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        close(file)
    }

    private func hasEnded() {
        let waiting = end.withLock { end in
            end.hasEnded = true
            defer { end.waiting = [:] }
            return end.waiting.values
        }
        for continuation in waiting { continuation.resume(returning: true) }
    }

    /// Returns when the thread has ended, or after `limit`: it may be in a look-up of a name, which cannot be broken off.
    /// - Returns: whether it has ended.
    func ended(within limit: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            let key = end.withLock { end -> Int? in
                guard !end.hasEnded else { return nil }
                end.next += 1
                end.waiting[end.next] = continuation
                return end.next
            }
            guard let key else { return continuation.resume(returning: true) }
            Task {
                try? await Task.sleep(for: limit)
                end.withLock { $0.waiting.removeValue(forKey: key) }?.resume(returning: false)
            }
        }
    }
}
