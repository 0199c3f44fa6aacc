import DaemonKit
import Synchronization
import Testing

@testable import Redis

extension RedisLimits {
    /// Short times, for tests that wait until they are over.
    static let quick: RedisLimits = {
        var limits = RedisLimits()
        (limits.keepAlive, limits.longestPause) = (.milliseconds(300), .milliseconds(200))
        limits.shortestPause = .milliseconds(20)
        return limits
    }()
}

extension RedisClient {
    /// Connected. Nobody wants to see its log.
    static func connected(_ url: RedisURL, limits: RedisLimits = RedisLimits()) async throws -> RedisClient {
        let client = try RedisClient(url, limits: limits, health: RedisHealth(logger: LogRecorder().logger, place: ""))
        try await eventually("connected") { client.isUp }
        return client
    }

    func call(_ words: String...) async throws -> RedisReply {
        try await call(RedisCommand(words[0], words.dropFirst().map { Array($0.utf8) }))
    }
}

/// What a subscriber or a shared state was told.
final class Recorder<Event: Sendable & Equatable>: Sendable {
    private let kept = Mutex<[Event]>([])

    func record(_ event: Event) { kept.withLock { $0.append(event) } }
    var events: [Event] { kept.withLock { $0 } }

    func removeAll() { kept.withLock { $0 = [] } }
}

struct Missed: Error, CustomStringConvertible {
    let description: String
}

/// Waits for a condition, looking again and again, for a bounded time.
func eventually(_ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool)
    async throws
{
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Missed(description: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// How long `body` takes.
func time(_ body: () async throws -> Void) async rethrows -> Duration {
    let start = ContinuousClock.now
    try await body()
    return ContinuousClock.now - start
}
