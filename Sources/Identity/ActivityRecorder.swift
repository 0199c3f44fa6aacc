import Logging
import Storage
import Synchronization

/// Writes `last_active_at`, at most once a minute per user, behind the requests and in batches.
final class ActivityRecorder: Sendable {
    /// Seconds; a shorter pause is not written.
    static let interval: Int64 = 60
    private static let capacity = 10_000

    private struct State {
        var pending: [String: Int64] = [:]
        var writing = false
    }

    private let state = Mutex(State())
    private let database: Database
    private let logger: Logger

    init(database: Database, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// - Parameters:
    ///   - lastActiveAt: as stored, epoch seconds.
    ///   - now: epoch seconds.
    func record(userID: String, lastActiveAt: Int64, now: Int64) {
        guard now - lastActiveAt >= Self.interval else { return }
        let start = state.withLock { state in
            guard state.pending.count < Self.capacity else { return false }
            state.pending[userID] = now
            if state.writing { return false }
            state.writing = true
            return true
        }
        // One task at a time, which ends when nothing is left.
        if start { Task { await write() } }
    }

    private func write() async {
        while let batch = take() {
            do {
                try await database.write { session in
                    for (userID, time) in batch {
                        try UserTable.updateLastActive(id: userID, at: time, in: session)
                    }
                }
            } catch {
                // Only a display depends on it; the next request tries again.
                logger.warning("last activity could not be written", metadata: ["error": "\(error)"])
            }
        }
    }

    /// At most as many as are written well within 50 ms.
    private func take() -> [(String, Int64)]? {
        state.withLock { state in
            let batch = state.pending.prefix(200).map { ($0.key, $0.value) }
            for (userID, _) in batch { state.pending[userID] = nil }
            if batch.isEmpty { state.writing = false }
            return batch.isEmpty ? nil : batch
        }
    }
}
