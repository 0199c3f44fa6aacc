import Contracts
import Egress

/// The form of an answer's body: what counts as its whole, and how it ends honestly when it breaks.
enum ReplyForm: Sendable {
    /// NDJSON that ends with `"done": true`.
    case lines
    /// NDJSON without a known end (progress of a pull).
    case progress
    /// Server-sent events that end with `[DONE]`.
    case events
    /// Server-sent events of another kind.
    case otherEvents
    /// One JSON document.
    case document
    case bytes

    init(_ head: ResponseHead, path: String) {
        let type = head.first("content-type")?.lowercased() ?? ""
        let path = path.prefix { $0 != "?" }
        if type.hasPrefix("application/x-ndjson") {
            self = path == "/api/chat" || path == "/api/generate" ? .lines : .progress
        } else if type.hasPrefix("text/event-stream") {
            self = path == "/v1/chat/completions" || path == "/v1/completions" ? .events : .otherEvents
        } else {
            self = type.hasPrefix("application/json") ? .document : .bytes
        }
    }

    var isStream: Bool {
        switch self {
        case .lines, .progress, .events, .otherEvents: true
        case .document, .bytes: false
        }
    }

    /// What is wrong with an answer that ended in good order; nil: nothing.
    func fault(_ last: LastLine, _ counters: StreamCounters?, bytes: UInt64, of kind: ExchangeKind) -> String? {
        if kind.isWork, bytes == 0 { return "the server gave an empty answer" }
        // A line that was too long to keep (the context of /api/generate may be) is not held against the server.
        guard !last.isTooLong else { return nil }
        switch self {
        case .lines where counters?.done != true && counters?.error == nil,
            .events where !last.isDone && counters?.error == nil:
            return "the server ended the stream before its end"
        default: return nil
        }
    }

    /// nil: this form has none, the connection has to be cut.
    func honestEnd(_ text: String, afterBreak: Bool) -> String? {
        let text = JSONText.quoted(text)
        let separator = afterBreak ? "" : "\n"
        switch self {
        case .lines, .progress: return "\(separator){\"error\":\(text),\"done\":true,\"done_reason\":\"error\"}\n"
        case .events, .otherEvents: return "\(separator)\ndata: {\"error\":{\"message\":\(text)}}\n\n"
        case .document, .bytes: return nil
        }
    }
}
