import Contracts
import DaemonKit
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// API.md, "Auths": the settings of accounts, for administrators.
struct AuthConfigRoutes: Sendable {
    let editor: SettingsEditor
    var providers: @Sendable () -> [String: String] = { [:] }

    static let admin = SettingsForm(
        keys: [
            "SHOW_ADMIN_DETAILS", "ADMIN_EMAIL", "WEBUI_URL", "ENABLE_SIGNUP", "ENABLE_API_KEYS",
            "ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS", "API_KEYS_ALLOWED_ENDPOINTS", "DEFAULT_USER_ROLE",
            "DEFAULT_GROUP_ID", "JWT_EXPIRES_IN", "ENABLE_COMMUNITY_SHARING", "ENABLE_MESSAGE_RATING",
            "ENABLE_FOLDERS", "FOLDER_MAX_FILE_COUNT", "ENABLE_CHANNELS", "ENABLE_MEMORIES", "ENABLE_NOTES",
            "ENABLE_USER_WEBHOOKS", "ENABLE_USER_STATUS", "PENDING_USER_OVERLAY_TITLE",
            "PENDING_USER_OVERLAY_CONTENT", "RESPONSE_WATERMARK",
        ],
        optional: [
            "ADMIN_EMAIL", "FOLDER_MAX_FILE_COUNT", "PENDING_USER_OVERLAY_TITLE", "PENDING_USER_OVERLAY_CONTENT",
            "RESPONSE_WATERMARK",
        ])
    private static let subset = SettingsForm(
        keys: admin.keys + ["ENABLE_LDAP"], isWhole: false, optional: admin.optional)
    private static let token = SettingsForm(keys: ["JWT_EXPIRES_IN"])

    var routes: [APIRoute] {
        let editor = editor
        return [
            .json(.GET, "/api/v1/auths/admin/config", .admin) { _ in Self.admin.json(editor.board.settings).encoded },
            update("admin/config", Self.admin) { Self.admin.json($0) },
            update("admin/config/update", Self.admin) { Self.admin.json($0) },
            .json(.GET, "/api/v1/auths/config", .admin) { _ in whole(editor.board.settings).encoded },
            update("config/update", Self.subset) { whole($0) },
            .json(.GET, "/api/v1/auths/token/config", .admin) { _ in Self.token.json(editor.board.settings).encoded },
            update("token/config/update", Self.token) { Self.token.json($0) },
        ]
    }

    private func update(
        _ path: String, _ form: SettingsForm, _ json: @escaping @Sendable (Settings) -> JSONValue
    ) -> APIRoute {
        let editor = editor
        return .async(.POST, "/api/v1/auths/\(path)", .admin) { request in
            let values = try form.values(request.body)
            return try await answer { () async throws(APIError) in
                try await editor.save(values)
                return json(editor.board.settings).encoded
            }
        }
    }

    private func whole(_ settings: Settings) -> JSONValue {
        let more: [String: JSONValue] = [
            "ENABLE_LDAP": .bool(settings.flag("ENABLE_LDAP")),
            "ENABLE_PASSWORD_AUTH": .bool(settings.flag("ENABLE_PASSWORD_AUTH")),
            "OAUTH_PROVIDERS": .object(providers().mapValues(JSONValue.string)),
        ]
        return Self.admin.json(settings).merging(.object(more))
    }
}
