/// Where log entries go, and in which form.
public enum LogFormat: Sendable, Equatable {
    /// The journal's native protocol: every metadata key becomes a field.
    case journal
    /// `2026-11-23T08:00:00.123Z info api: message key=value`
    case text
    /// One JSON object a line.
    case json
}
