import Glibc
import Storage
import Synchronization

/// Tells on stderr how far a backup, a restore or an import is: one line that changes on a terminal, a line every few
/// seconds elsewhere.
final class ProgressPrinter: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let last = Mutex<ContinuousClock.Instant>(.now)

    func show(_ progress: TransferProgress) {
        let interval = isTerminal ? Duration.milliseconds(100) : .seconds(5)
        let isDue = last.withLock { last in
            let now = ContinuousClock.now
            guard last.duration(to: now) >= interval else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let text = Self.text(of: progress)
        if isTerminal { put("\r\u{1B}[K\(text)") } else { complain(text) }
    }

    /// Takes the changing line away.
    func clear() {
        if isTerminal { put("\r\u{1B}[K") }
    }

    private func put(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// `copying chat: 42 %, 1200 of 2857 rows`
    static func text(of progress: TransferProgress) -> String {
        let what = progress.table.map { "\(progress.step.rawValue) \($0)" } ?? progress.step.rawValue
        guard progress.total > 0 else { return "\(what) …" }
        let percent = min(100, progress.done * 100 / progress.total)
        switch progress.unit {
        case .rows: return "\(what): \(percent) %, \(progress.done) of \(progress.total) rows"
        case .bytes: return "\(what): \(percent) %, \(ByteCount(progress.done)) of \(ByteCount(progress.total))"
        }
    }
}

extension TransferReport {
    /// `12.3 MB, 4711 rows in 39 tables, 1.2 s`
    func summary(_ duration: Duration) -> String {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        let size = bytes > 0 ? "\(ByteCount(bytes)), " : ""
        return "\(size)\(rows) rows in \(tables) tables, \((seconds * 10).rounded() / 10) s"
    }
}
