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
    ]
}
