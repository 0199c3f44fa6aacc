extension SettingDefinition {
    /// snapshot-collector (API.md, "System").
    static let snapshots: [SettingDefinition] = [
        .init(
            "BACKEND_SNAPSHOT_INTERVAL", "300", .integer(1...86_400),
            "Seconds between two snapshots of each Ollama server"),
        .init(
            "BACKEND_SNAPSHOT_RETENTION_DAYS", "7", .integer(0...36_500),
            "Days that snapshots are kept (0: for ever)"),
    ]
}
