extension SettingDefinition {
    /// Comparing models.
    public static let evaluation: [SettingDefinition] = [
        .init(
            "ENABLE_EVALUATION_ARENA_MODELS", "true", .boolean, "Models may be compared blindly",
            persistedAt: "evaluation.arena.enable"),
        .init("EVALUATION_ARENA_MODELS", "[]", .list, "Which models, as JSON", persistedAt: "evaluation.arena.models"),
    ]
}
