import GRDB
import Synchronization

/// What the caller of a backup, a restore or an import holds in hand: it hears how far it is, and may end it.
public final class TransferControl: Sendable {
    private struct State {
        var isCancelled = false
        /// Ends the statement that runs just now.
        var interrupt: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let report: @Sendable (TransferProgress) -> Void

    /// - Parameter report: called often, on the thread that works; it decides itself what is worth showing.
    public init(_ report: @escaping @Sendable (TransferProgress) -> Void = { _ in }) { self.report = report }

    /// From any thread. What runs ends within moments with `StorageError.Reason.cancelled`, and has then cleaned up; once
    /// the result is being put into place it is too late, and it goes on to its end. May be called again.
    public func cancel() {
        let interrupt = state.withLock { state in
            state.isCancelled = true
            return state.interrupt
        }
        interrupt?()
    }

    public var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// - Throws: `StorageError.Reason.cancelled`.
    func check() throws(StorageError) {
        if isCancelled { throw .cancelled }
    }

    func tell(_ progress: TransferProgress) throws(StorageError) {
        report(progress)
        try check()
    }

    /// Runs a body of statements of SQLite that `cancel` can stop.
    func interruptible<Value>(_ queue: DatabaseQueue, _ body: () throws -> Value) throws -> Value {
        let outer = state.withLock { state in
            defer { state.interrupt = { queue.interrupt() } }
            return state.interrupt
        }
        defer { state.withLock { $0.interrupt = outer } }
        try check()
        do {
            return try body()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            throw StorageError.cancelled
        }
    }
}
