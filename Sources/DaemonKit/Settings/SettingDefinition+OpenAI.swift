extension SettingDefinition {
    /// Servers with OpenAI's API. Addresses, keys and configurations belong together by their position.
    public static let openai: [SettingDefinition] = [
        .init(
            "ENABLE_OPENAI_API", "true", .boolean, "Servers with OpenAI's API may be used", persistedAt: "openai.enable"
        ),
        .init(
            "OPENAI_API_BASE_URLS", "https://api.openai.com/v1", .endpoints, "Their addresses, separated by ;",
            persistedAt: "openai.api_base_urls", aliases: ["OPENAI_API_BASE_URL"]),
        .init(
            "OPENAI_API_KEYS", "", .positionalTexts, "Their keys, separated by ; in the order of the addresses",
            isSecret: true, persistedAt: "openai.api_keys", aliases: ["OPENAI_API_KEY"]),
        .init(
            "OPENAI_API_CONFIGS", "", .object, "What is set for each server, by its number, as JSON", isSecret: true,
            persistedAt: "openai.api_configs"),
        .init(
            "OPENAI_CONNECT_TIMEOUT", "10s", .duration(.milliseconds(10) ... .seconds(600)),
            "Time for a connection to such a server"),
        .init(
            "OPENAI_FIRST_BYTE_TIMEOUT", "300s", .duration(.milliseconds(100) ... .seconds(86_400)),
            "Time until an answer of such a server begins"),
        .init(
            "OPENAI_IDLE_TIMEOUT", "300s", .duration(.milliseconds(100) ... .seconds(86_400)),
            "Silence in an answer after which it is given up"),
        .init(
            "OPENAI_MODELS_INTERVAL", "60s", .duration(.milliseconds(100) ... .seconds(86_400)),
            "Time between two questions for each server's models"),
        .init(
            "OPENAI_MODELS_TIMEOUT", "10s", .duration(.milliseconds(100) ... .seconds(600)),
            "Time for the answer to that question"),
        .init(
            "MODELS_CACHE_TTL", "1", .integer(0...86_400),
            "Age in seconds from which a list of models is asked for anew when somebody wants it"),
        .init(
            "ENABLE_FORWARD_USER_INFO_HEADERS", "false", .boolean,
            "Servers are told who asks: id, name, e-mail address, role and chat"),
        .init(
            "FORWARD_USER_INFO_HEADER_USER_ID", "X-OpenWebUI-User-Id", .text, "Header for the id of who asks"),
        .init(
            "FORWARD_USER_INFO_HEADER_USER_NAME", "X-OpenWebUI-User-Name", .text, "Header for the name, percent-encoded"
        ),
        .init(
            "FORWARD_USER_INFO_HEADER_USER_EMAIL", "X-OpenWebUI-User-Email", .text, "Header for the e-mail address"),
        .init("FORWARD_USER_INFO_HEADER_USER_ROLE", "X-OpenWebUI-User-Role", .text, "Header for the role"),
        .init("FORWARD_SESSION_INFO_HEADER_CHAT_ID", "X-OpenWebUI-Chat-Id", .text, "Header for the chat"),
        .init("FORWARD_SESSION_INFO_HEADER_MESSAGE_ID", "X-OpenWebUI-Message-Id", .text, "Header for the message"),
    ]
}
