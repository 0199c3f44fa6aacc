import Contracts
import DaemonKit
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// API.md, "Auths": the settings of OAuth and OpenID Connect providers, for administrators. What is set here holds until
/// the service starts again, or for ever with ENABLE_OAUTH_PERSISTENT_CONFIG, as in Open WebUI.
struct OAuthConfigRoutes: Sendable {
    let editor: SettingsEditor

    private static let keys = SettingDefinition.oauth.map(\.key)
    private static let form = SettingsForm(keys: keys, isWhole: false, optional: Set(keys))

    var routes: [APIRoute] {
        let editor = editor
        return [
            .json(.GET, "/api/v1/auths/oauth/config", .admin) { _ in Self.json(editor.board.settings).encoded },
            .async(.POST, "/api/v1/auths/oauth/config/update", .admin) { request in
                let values = try Self.values(request.body, editor.board.settings)
                return try await answer { () async throws(APIError) in
                    try await editor.save(values)
                    return Self.json(editor.board.settings).encoded
                }
            },
        ]
    }

    static func json(_ settings: Settings) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: keys.map { ($0, settings.masked($0)) }))
    }

    /// What a body changes.
    /// - Throws: 422 also for a change of what only the environment decides.
    static func values(_ body: ByteBuffer, _ settings: Settings) throws(HTTPError) -> [String: JSONValue] {
        var form = try Validation(body)
        var values = Self.form.values(&form)
        for setting in SettingDefinition.oauth {
            guard let value = values[setting.key] else { continue }
            if setting.isSecret, value == .string(SettingsForm.mask) { values[setting.key] = nil }
            if setting.persistedAt == nil, values[setting.key] != nil {
                values[setting.key] = nil
                if value != settings.json(setting.key) {
                    form.problem(setting.key, type: "value_error", "Only the environment sets this")
                }
            }
        }
        if let text = values["OAUTH_CODE_CHALLENGE_METHOD"]?.text, !["", "S256"].contains(text) {
            form.problem("OAUTH_CODE_CHALLENGE_METHOD", type: "value_error", "Input should be S256, or empty")
        }
        let rules = OAuthAccountRules.blocking(values["OAUTH_BLOCKED_GROUPS"]?.text ?? "")
        if !rules.brokenPatterns.isEmpty {
            form.problem("OAUTH_BLOCKED_GROUPS", type: "value_error", "An entry is no regular expression")
        }
        try form.check()
        return values
    }
}
