import Logging
import Synchronization

/// Keeps what is logged, as text.
final class LogRecorder: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .debug }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        lines.withLock { $0.append("\(event.level) \(event.message) \(metadata.joined(separator: " "))") }
    }

    var logger: Logger { Logger(label: "test") { _ in self } }

    /// All but those of level debug.
    var entries: [String] { lines.withLock { $0.filter { !$0.hasPrefix("debug") } } }
    var everything: String { lines.withLock { $0.joined(separator: "\n") } }
}
