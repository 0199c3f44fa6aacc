extension SettingDefinition {
    private static let api: SettingEffect = .handOver([.api])
    private static let proxy: SettingEffect = .handOver([.ollamaLBProxy])

    /// Every setting that Martlet reads, in the order in which `martlet config` prints them.
    public static let all: [SettingDefinition] = [
        .init("HOST", "0.0.0.0", .text, "Address that HTTP is served on", effect: .restart),
        .init("PORT", "8080", .integer(0...65535), "Port that HTTP is served on (0: any free one)", effect: .restart),
        .init("DATA_DIR", "", .text, "Directory of the database and of uploads", effect: .restart),
        .init(
            "DATABASE_URL", "", .databaseURL, "PostgreSQL in place of the embedded database", isSecret: true,
            effect: .restart),
        .init("MARTLET_SOCKET_GROUP", "", .text, "Group that may use the Unix sockets", effect: .restart),
        .init(
            "WEBUI_SECRET_KEY", "", .text, "Key that signs sessions (empty: one is made and kept in DATA_DIR)",
            isSecret: true, effect: api, aliases: ["WEBUI_JWT_SECRET_KEY"]),
        .init("ENABLE_PERSISTENT_CONFIG", "true", .boolean, "Saved settings win over the environment"),
        .init("ENABLE_SIGNUP", "true", .boolean, "Strangers may sign up", persistedAt: "ui.enable_signup"),
        .init(
            "DEFAULT_USER_ROLE", "pending", .choice(["pending", "user", "admin"]), "Role of those who sign up",
            persistedAt: "ui.default_user_role"),
        .init("JWT_EXPIRES_IN", "4w", .expiry, "How long a session lasts", persistedAt: "auth.jwt_expiry"),
        .init(
            "ENABLE_API_KEYS", "true", .boolean, "Users may have API keys", persistedAt: "auth.enable_api_keys",
            aliases: ["ENABLE_API_KEY"]),
        .init(
            "ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS", "false", .boolean, "API keys work on listed paths only",
            persistedAt: "auth.api_key.endpoint_restrictions", aliases: ["ENABLE_API_KEY_ENDPOINT_RESTRICTIONS"]),
        .init(
            "API_KEYS_ALLOWED_ENDPOINTS", "", .text, "Those paths, separated by commas",
            persistedAt: "auth.api_key.allowed_endpoints", aliases: ["API_KEY_ALLOWED_ENDPOINTS"]),
        .init(
            "USER_PERMISSIONS", "", .object, "Rights of everybody without a group, as JSON (empty: the defaults)",
            persistedAt: "user.permissions"),
        .init("ENABLE_OLLAMA_API", "true", .boolean, "The Ollama routes are served", persistedAt: "ollama.enable"),
        .init(
            "OLLAMA_BASE_URLS", "http://localhost:11434", .urls, "Ollama servers, separated by ;",
            persistedAt: "ollama.base_urls", aliases: ["OLLAMA_BASE_URL"]),
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
        .init(
            "MARTLET_API_THREADS", "0", .integer(0...64), "Event loops of the api daemon (0: one a core, 4 at most)",
            effect: api),
        .init("MARTLET_MAX_CONNECTIONS", "10000", .integer(1...1_000_000), "HTTP connections at a time", effect: api),
        .init(
            "MARTLET_MAX_BODY", "104857600", .integer(1024...1_073_741_824), "Bytes of a request's body", effect: api),
        .init(
            "MARTLET_DRAIN_LIMIT", "300s", .duration(.seconds(0) ... .seconds(86_400)),
            "How long a replaced process may finish what it has"),
        .init(
            "MARTLET_STOP_LIMIT", "30s", .duration(.seconds(0) ... .seconds(3600)),
            "How long the daemons may finish when the service stops"),
        .init(
            "MARTLET_READY_LIMIT", "30s", .duration(.seconds(1) ... .seconds(3600)),
            "How long a daemon may take until it serves"),
        .init(
            "LOG_LEVEL", "info", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]),
            "Least important message that is logged", aliases: ["GLOBAL_LOG_LEVEL"]),
        .init(
            "LOG_FORMAT", "auto", .choice(["auto", "text", "json"]),
            "auto: the journal where there is one, else text on stderr", effect: .restart),
    ]

    public static func named(_ key: String) -> SettingDefinition? { byKey[key] }

    private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })
}
