import DaemonKit

/// One look at a Redis, for people who ask whether it answers.
public enum RedisProbe {
    /// Connects, and is let in, once.
    /// - Throws: `RedisError`: why it cannot be used.
    public static func run(_ url: RedisURL) async throws(RedisError) {
        let waker = try Waker()
        let thread = OwnThread()
        try await withCheckedContinuation { (continuation: CheckedContinuation<Result<Void, RedisError>, Never>) in
            do throws(RedisError) {
                try thread.start(name: "redis-probe") {
                    do throws(RedisError) {
                        _ = try RedisConnection(url, RedisLimits(), waker)
                        continuation.resume(returning: .success(()))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }.get()
    }
}
