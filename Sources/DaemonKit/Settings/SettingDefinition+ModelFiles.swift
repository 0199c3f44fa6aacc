extension SettingDefinition {
    /// Files of models that an administrator uploads, or has downloaded.
    static let modelFiles: [SettingDefinition] = [
        .init(
            "MARTLET_MODEL_FILE_LIMIT", "214748364800", .integer(1...Int.max), "Bytes of a model's file"),
        .init(
            "MARTLET_MODEL_FILE_HOSTS", "https://huggingface.co;https://github.com", .urls,
            "Where model files may be downloaded from: beginnings of addresses, separated by ;"),
        .init(
            "MARTLET_MODEL_FILE_NETWORKS", "", .addresses,
            "Networks that model files may come from though they are not public, separated by commas"),
    ]
}
