extension SettingDefinition {
    /// Provisioning by an identity provider.
    static let scim: [SettingDefinition] = [
        .init(
            "ENABLE_SCIM", "false", .boolean, "Identity providers make accounts and groups at /api/v1/scim/v2",
            aliases: ["SCIM_ENABLED"]),
        .init(
            "SCIM_TOKEN", "", .text, "A token of theirs, besides those of `martlet scim token add`", isSecret: true),
        .init(
            "SCIM_ADOPT", "false", .boolean, "They may take over accounts and groups that they have not made"),
    ]
}
