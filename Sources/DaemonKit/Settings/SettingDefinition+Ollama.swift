extension SettingDefinition {
    /// The Ollama servers and the balancer.
    static let ollama: [SettingDefinition] = [
        .init("ENABLE_OLLAMA_API", "true", .boolean, "The Ollama routes are served", persistedAt: "ollama.enable"),
        .init(
            "OLLAMA_BASE_URLS", "http://localhost:11434", .urls, "Ollama servers, separated by ;",
            persistedAt: "ollama.base_urls", aliases: ["OLLAMA_BASE_URL"]),
        .init(
            "OLLAMA_LB_STRATEGY", "least_connections",
            .choice(["least_connections", "round_robin", "fastest"]), "How a server is chosen",
            persistedAt: "ollama.lb_strategy"),
        .init(
            "OLLAMA_API_CONFIGS", "", .object,
            "More on each server, as JSON by its place in OLLAMA_BASE_URLS: "
                + #"{"0": {"enable", "key", "prefix_id", "model_ids", "tags", "weight", "max_in_flight"}}"#,
            isSecret: true, persistedAt: "ollama.api_configs"),
        .init(
            "OLLAMA_MAX_IN_FLIGHT", "0", .integer(0...100_000),
            "Most requests at a time on one server; 0: learned for each model from how the server behaves"),
        .init(
            "OLLAMA_QUEUE_LIMIT", "512", .integer(0...100_000),
            "Most requests that wait while all servers are at their limit"),
        .init(
            "OLLAMA_QUEUE_TIMEOUT", "120s", .duration(.milliseconds(100) ... .seconds(86_400)),
            "Longest time that a request waits for a server"),
        .init(
            "OLLAMA_SLOW_START", "30s", .duration(.zero ... .seconds(3600)),
            "Time in which a server that is back gets its full share again"),
        .init(
            "OLLAMA_EJECT_BELOW", "30", .integer(0...90),
            "Per cent of the fleet's median tokens per second, by model, below which a server is left out; 0: never"),
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
