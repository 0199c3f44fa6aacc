import Contracts
import Glibc
import Logging
import Synchronization
import Systemd

/// The one log handler: static message + metadata, to the journal or to stderr.
public struct MartletLogHandler: LogHandler {
    private let label: String
    public var metadata: Logger.Metadata = [:]

    /// Shared by all loggers of the process, so that a change of LOG_LEVEL holds at once.
    private static let level = Mutex<Logger.Level>(.info)
    private static let format = Mutex<LogFormat>(.text)
    private static let daemon = Mutex<String>("martlet")

    public init(label: String) { self.label = label }

    public var logLevel: Logger.Level {
        get { Self.level.withLock { $0 } }
        set { Self.level.withLock { $0 = newValue } }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Sets up logging for this process; once, first thing.
    public static func bootstrap(daemon name: String, format wanted: String) {
        daemon.withLock { $0 = name }
        setFormat(wanted)
        LoggingSystem.bootstrap { MartletLogHandler(label: $0) }
    }

    public static func setFormat(_ wanted: String) {
        let chosen: LogFormat =
            switch wanted {
            case "text": .text
            case "json": .json
            default: Journal.isStandardError() ? .journal : .text
            }
        format.withLock { $0 = chosen }
    }

    public static func setLevel(_ text: String) {
        guard let new = Logger.Level(rawValue: text) else { return }
        level.withLock { $0 = new }
    }

    public func log(event: LogEvent) {
        var all = metadata
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        let fields = all.map { (key: $0.key, value: "\($0.value)") }.sorted { $0.key < $1.key }
        let daemon = Self.daemon.withLock { $0 }
        let message = event.message.description
        switch Self.format.withLock({ $0 }) {
        case .journal: journal(event.level, message, fields, daemon)
        case .text: Self.write(Self.text(event.level, message, fields, daemon))
        case .json: Self.write(Self.json(event.level, message, fields, daemon))
        }
    }

    private func journal(
        _ level: Logger.Level, _ message: String, _ fields: [(key: String, value: String)], _ daemon: String
    ) {
        // The message alone is what `journalctl` shows: metadata goes behind it too, and into fields for queries.
        var entry = [
            (name: "MESSAGE", value: message + Self.tail(fields)),
            (name: "PRIORITY", value: String(level.priority)),
            (name: "SYSLOG_IDENTIFIER", value: "martlet"),
            (name: "MARTLET_DAEMON", value: daemon),
        ]
        for field in fields {
            let name = field.key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
            entry.append((name: "MARTLET_" + String(name), value: field.value))
        }
        Journal.send(entry)
    }

    static func text(
        _ level: Logger.Level, _ message: String, _ fields: [(key: String, value: String)], _ daemon: String
    ) -> String {
        "\(timestamp()) \(level.rawValue) \(daemon): \(visible(message))\(tail(fields))\n"
    }

    static func json(
        _ level: Logger.Level, _ message: String, _ fields: [(key: String, value: String)], _ daemon: String
    ) -> String {
        var line = "{\"time\":\"\(timestamp())\",\"level\":\"\(level.rawValue)\",\"daemon\":\(JSONText.quoted(daemon))"
        line += ",\"message\":\(JSONText.quoted(message))"
        for field in fields { line += ",\(JSONText.quoted(field.key)):\(JSONText.quoted(field.value))" }
        return line + "}\n"
    }

    private static func tail(_ fields: [(key: String, value: String)]) -> String {
        fields.map { field in
            let isPlain =
                !field.value.isEmpty
                && field.value.unicodeScalars.allSatisfy {
                    $0 != " " && $0 != "\"" && !isControl($0)
                }
            return " \(field.key)=\(isPlain ? field.value : visible(JSONText.quoted(field.value)))"
        }.joined()
    }

    /// What breaks a line, or speaks to the terminal.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    }

    /// On one line whatever is in it: control characters as `\u000a`.
    private static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            guard isControl(scalar) else { return result.unicodeScalars.append(scalar) }
            let hex = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }
    }

    static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let seconds = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let milliseconds = String(now.tv_nsec / 1_000_000)
        return seconds + "." + String(repeating: "0", count: 3 - milliseconds.count) + milliseconds + "Z"
    }

    /// One write a line: lines of several threads and processes do not mix.
    private static func write(_ line: String) {
        var line = line
        line.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

extension Logger.Level {
    /// syslog(3) priority.
    var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
