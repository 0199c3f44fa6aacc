/// Errors that Martlet itself answers on OpenAI's paths: `error` for OpenAI's clients, `detail` for Open WebUI's.
public enum OpenAIErrorText {
    /// The `error` member: `{"message", "type", "param", "code"}`.
    public static func error(_ message: String, type: String = "upstream_error", code: String? = nil) -> String {
        let code = code.map(JSONText.quoted) ?? "null"
        return
            "{\"message\":\(JSONText.quoted(message)),\"type\":\(JSONText.quoted(type)),\"param\":null,\"code\":\(code)}"
    }

    /// A whole body.
    public static func body(_ message: String, type: String = "upstream_error", code: String? = nil) -> String {
        "{\"detail\":\(JSONText.quoted(message)),\"error\":\(error(message, type: type, code: code))}"
    }

    /// The last event of a stream that broke (Server-Sent Events). OpenAI's clients raise what it says.
    public static func event(_ message: String, code: String? = nil) -> String {
        "data: {\"error\":\(error(message, code: code))}\n\n"
    }
}
