import Logging

/// Documents that a provider publishes: kept for a while, then fetched anew. Whoever asks meanwhile waits for the one
/// fetch that is under way.
actor DocumentCache<Value: Sendable> {
    struct Policy: Sendable {
        /// Seconds until a document is fetched anew.
        var lifetime: Double
        /// Seconds that the old one serves on while the provider does not answer.
        var grace: Double
        /// Seconds between two attempts while the old one serves on.
        var retry = 5.0
        /// Seconds between two fetches out of turn.
        var interval = 30.0
    }

    private struct Entry {
        var value: Value
        var fetchedAt: Double
        var triedAt: Double
        /// When it was last fetched because somebody asked for it.
        var refreshedAt: Double?
    }

    /// Documents of providers that are configured no more are given up.
    private static var countLimit: Int { 32 }

    private let policy: Policy
    private let clock: IdentityClock
    private let logger: Logger
    private let load: @Sendable (_ url: String, _ timeout: Duration) async throws(OAuthError) -> Value
    private var entries: [String: Entry] = [:]
    private var pending: [String: Task<Result<Value, OAuthError>, Never>] = [:]

    init(
        _ policy: Policy, clock: IdentityClock, logger: Logger,
        load: @escaping @Sendable (_ url: String, _ timeout: Duration) async throws(OAuthError) -> Value
    ) {
        self.policy = policy
        self.clock = clock
        self.logger = logger
        self.load = load
    }

    func value(_ url: String, timeout: Duration) async throws(OAuthError) -> Value {
        let now = clock.monotonic()
        guard let entry = entries[url] else { return try await fetch(url, timeout) }
        let age = now - entry.fetchedAt
        if age < policy.lifetime { return entry.value }
        if age < policy.lifetime + policy.grace, now - entry.triedAt < policy.retry { return entry.value }
        do throws(OAuthError) {
            return try await fetch(url, timeout)
        } catch {
            guard age < policy.lifetime + policy.grace else { throw error }
            logger.warning("a provider's document is out of date", metadata: ["why": "\(error.cause)"])
            return entry.value
        }
    }

    /// Fetched out of turn: what is kept did not do. Nil when that was tried a moment ago.
    func refreshed(_ url: String, timeout: Duration) async throws(OAuthError) -> Value? {
        let now = clock.monotonic()
        if let last = entries[url]?.refreshedAt, now - last < policy.interval, pending[url] == nil { return nil }
        entries[url]?.refreshedAt = now
        return try await fetch(url, timeout)
    }

    private func fetch(_ url: String, _ timeout: Duration) async throws(OAuthError) -> Value {
        let task: Task<Result<Value, OAuthError>, Never>
        if let running = pending[url] {
            task = running
        } else {
            entries[url]?.triedAt = clock.monotonic()
            // Not the caller's own: others wait for it too, and a browser that leaves must not end it.
            task = Task { await self.loaded(url, timeout) }
            pending[url] = task
        }
        return try await task.value.get()
    }

    private func loaded(_ url: String, _ timeout: Duration) async -> Result<Value, OAuthError> {
        defer { pending[url] = nil }
        do throws(OAuthError) {
            let value = try await load(url, timeout)
            let now = clock.monotonic()
            if entries.count >= Self.countLimit { entries = [:] }
            entries[url] = Entry(value: value, fetchedAt: now, triedAt: now, refreshedAt: entries[url]?.refreshedAt)
            return .success(value)
        } catch {
            return .failure(error)
        }
    }
}
