extension SettingDefinition {
    /// Every setting that Martlet reads, in the order in which `martlet config` prints them.
    public static let all: [SettingDefinition] = [
        server, redis, accounts, scim, oauth, ldap, interface,
        code,
        snapshots,
        ollama, modelFiles, openai,
        tasks, evaluation, integrations,
        documents, retrieval, webSearch, webLoader, images, audio,
    ].flatMap { $0 }

    public static func named(_ key: String) -> SettingDefinition? { byKey[key] }

    /// The setting that is saved at a place of the `config` table, such as "ui.enable_signup".
    public static func persisted(at place: String) -> SettingDefinition? { byPlace[place] }

    private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })
    private static let byPlace = Dictionary(
        uniqueKeysWithValues: all.compactMap { setting in setting.persistedAt.map { ($0, setting) } })
}
