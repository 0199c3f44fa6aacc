extension SettingDefinition {
    /// The Ollama servers and the balancer.
    static let ollama: [SettingDefinition] = [
        .init("ENABLE_OLLAMA_API", "true", .boolean, "The Ollama routes are served", persistedAt: "ollama.enable"),
        .init(
            "OLLAMA_BASE_URLS", "http://localhost:11434", .urls, "Ollama servers, separated by ;",
            persistedAt: "ollama.base_urls", aliases: ["OLLAMA_BASE_URL"]),
        .init(
            "OLLAMA_API_CONFIGS", "", .object, "What is set for each server, by its number, as JSON", isSecret: true,
            persistedAt: "ollama.api_configs"),
        .init(
            "OLLAMA_LB_STRATEGY", "least_connections",
            .choice(["least_connections", "round_robin", "fastest"]), "How a server is chosen"),
        .init(
            "OLLAMA_PROBE_INTERVAL", "10s", .duration(.milliseconds(100) ... .seconds(3600)),
            "Time between two looks at each Ollama server"),
        .init(
            "OLLAMA_CONNECT_TIMEOUT", "5s", .duration(.milliseconds(10) ... .seconds(600)),
            "Time for a connection to an Ollama server"),
        .init(
            "OLLAMA_FIRST_BYTE_TIMEOUT", "300s", .duration(.milliseconds(100) ... .seconds(86_400)),
            "Time until an answer begins (a model may have to be loaded)"),
        .init(
            "OLLAMA_IDLE_TIMEOUT", "300s", .duration(.milliseconds(100) ... .seconds(86_400)),
            "Silence in a stream after which it is given up"),
    ]
}
