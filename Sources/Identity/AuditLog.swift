import Logging
import Storage
import Synchronization

/// Writes what happens at the gate to `martlet_audit`: sign-ins and refusals.
///
/// Entries wait for a moment and are written together, so that a flood of refusals costs few transactions; what does
/// not fit is counted and logged. A `kill -9` loses what was not written yet, a second's worth at most.
public final class AuditLog: Sendable {
    static let capacity = 10_000
    private static let batch = 500
    private static let purgeInterval = 3_600.0

    private struct State {
        var waiting: [AuditEntry] = []
        var dropped = 0
        var isWriting = false
        var lastPurge: Double?
    }

    private let database: Database
    private let clock: IdentityClock
    private let logger: Logger
    private let delay: Duration
    private let retentionDays: @Sendable () -> Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - delay: how long the first entry of a batch waits for others.
    ///   - retentionDays: how long entries are kept; 0: for ever. Read at each use.
    public init(
        database: Database, clock: IdentityClock = .system, logger: Logger, delay: Duration = .milliseconds(500),
        retentionDays: @escaping @Sendable () -> Int
    ) {
        self.database = database
        self.clock = clock
        self.logger = logger
        self.delay = delay
        self.retentionDays = retentionDays
    }

    /// Notes an event; neither blocks nor waits. Texts are cut to 512 characters.
    public func record(
        _ event: String, _ result: String, userID: String? = nil, email: String? = nil, source: String?,
        detail: String? = nil, requestID: String? = nil
    ) {
        let entry = AuditEntry(
            at: clock.milliseconds(), event: event, result: result, userID: userID, email: Self.cut(email),
            source: source, detail: Self.cut(detail), requestID: requestID)
        let begins = state.withLock { state in
            guard state.waiting.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            state.waiting.append(entry)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        guard begins else { return }
        Task {
            try? await Task.sleep(for: delay)
            await write()
        }
    }

    /// Writes what waits; for the end of the process.
    public func flush() async { await write() }

    private static func cut(_ text: String?) -> String? {
        text.map { String(String.UnicodeScalarView($0.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(512))) }
    }

    private func write() async {
        while true {
            let (entries, dropped) = state.withLock { state in
                let entries = Array(state.waiting.prefix(Self.batch))
                state.waiting.removeFirst(entries.count)
                if entries.isEmpty { state.isWriting = false }
                defer { state.dropped = 0 }
                return (entries, state.dropped)
            }
            if dropped > 0 { logger.warning("audit entries were dropped", metadata: ["count": "\(dropped)"]) }
            guard !entries.isEmpty else { break }
            do {
                try await database.write { session in
                    for entry in entries { try AuditTable.insert(entry, in: session) }
                }
            } catch {
                logger.error(
                    "audit entries could not be written", metadata: ["count": "\(entries.count)", "error": "\(error)"])
            }
        }
        await purge()
    }

    /// In steps, so that no write lock is held for long.
    private func purge() async {
        let (now, days) = (clock.monotonic(), retentionDays())
        let isDue = state.withLock { state in
            if days <= 0 { return false }
            if let last = state.lastPurge, now - last < Self.purgeInterval { return false }
            state.lastPurge = now
            return true
        }
        guard isDue else { return }
        let limit = clock.milliseconds() - Int64(days) * 86_400_000
        while let count = try? await database.write({ try AuditTable.purge(before: limit, limit: 500, in: $0) }),
            count == 500
        {}
    }
}
