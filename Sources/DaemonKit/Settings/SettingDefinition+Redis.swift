extension SettingDefinition {
    /// What several hosts share at run time.
    static let redis: [SettingDefinition] = [
        .init(
            "REDIS_URL", "", .redisURL, "Redis that several hosts share (empty: this host stands alone)",
            isSecret: true, effect: .handOver([.api])),
        .init(
            "REDIS_KEY_PREFIX", "open-webui", .text, "Begin of every key and channel in Redis",
            effect: .handOver([.api])),
    ]
}
