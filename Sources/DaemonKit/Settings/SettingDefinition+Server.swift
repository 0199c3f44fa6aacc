extension SettingDefinition {
    /// What the service itself goes by: addresses, directories, limits, logs.
    static let server: [SettingDefinition] = [
        .init("HOST", "0.0.0.0", .text, "Address that HTTP is served on", effect: .restart),
        .init("PORT", "8080", .integer(0...65535), "Port that HTTP is served on (0: any free one)", effect: .restart),
        .init("DATA_DIR", "", .text, "Directory of the database and of uploads", effect: .restart),
        .init(
            "DATABASE_URL", "", .databaseURL, "PostgreSQL in place of the embedded database", isSecret: true,
            effect: .restart),
        .init("MARTLET_SOCKET_GROUP", "", .text, "Group that may use the Unix sockets", effect: .restart),
        .init("ENABLE_PERSISTENT_CONFIG", "true", .boolean, "Saved settings win over the environment"),
        .init(
            "MARTLET_API_THREADS", "0", .integer(0...64), "Event loops of the api daemon (0: one a core, 4 at most)",
            effect: .handOver([.api])),
        .init(
            "MARTLET_MAX_CONNECTIONS", "10000", .integer(1...1_000_000), "HTTP connections at a time",
            effect: .handOver([.api])),
        .init(
            "MARTLET_MAX_BODY", "104857600", .integer(1024...1_073_741_824), "Bytes of a request's body",
            effect: .handOver([.api])),
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
}
