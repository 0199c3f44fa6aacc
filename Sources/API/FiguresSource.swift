import HTTPFront
import Synchronization

/// Where /metrics gets the server's figures from: set once the server is there.
final class FiguresSource: Sendable {
    private let source = Mutex<(@Sendable () -> HTTPFigures)?>(nil)

    func set(_ source: @escaping @Sendable () -> HTTPFigures) { self.source.withLock { $0 = source } }

    /// nil before `set`.
    func value() -> HTTPFigures? { source.withLock { $0 }?() }
}
