import Contracts
import DaemonKit
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1
import Storage

/// What the frontend asks for at its start: `/api/config`, and `/api/version/updates`, `/api/changelog`, `/api/webhook`.
struct AppConfigRoutes: Sendable {
    let editor: SettingsEditor
    let database: Database
    let authenticator: Authenticator
    let users: UserService
    let version: String
    /// The OAuth providers that are configured: name and label.
    var providers: @Sendable () -> [String: String] = { [:] }

    var routes: [APIRoute] {
        let editor = editor
        let version = version
        return [
            .async(.GET, "/api/config", .anyone) { request in
                let principal = await caller(request)
                let count = try? await database.read { try UserTable.count(in: $0) }
                guard let count else { throw APIError.databaseUnavailable.httpError }
                let config = config(principal, users: count)
                return HTTPResponse(json: ByteBuffer(string: config.encoded))
            },
            .json(.GET, "/api/version/updates", .verified) { _ in
                let text = JSONText.quoted(version)
                return "{\"current\":\(text),\"latest\":\(text)}"
            },
            .json(.GET, "/api/changelog", .anyone) { _ in Changelog.json(version) },
            .json(.GET, "/api/webhook", .admin) { _ in
                "{\"url\":\(JSONText.quoted(editor.board.settings.text("WEBHOOK_URL")))}"
            },
            .async(.POST, "/api/webhook", .admin) { request in
                var form = try Validation(request.body)
                let url = form.text("url")
                try form.check()
                return try await answer { () async throws(APIError) in
                    try await editor.save(["WEBHOOK_URL": .string(url)])
                    return "{\"url\":\(JSONText.quoted(editor.board.settings.text("WEBHOOK_URL")))}"
                }
            },
        ]
    }

    /// Whoever is signed in; a token that does not hold counts as none here, so that the frontend can show its form.
    private func caller(_ request: HTTPRequest) async -> Principal? {
        guard let token = Admission.token(request.headers) else { return nil }
        return try? await authenticator.authenticate(token, path: String(request.rawPath))
    }

    private func config(_ principal: Principal?, users count: Int) -> JSONValue {
        let settings = editor.board.settings
        var config: [String: JSONValue] = [
            "status": .bool(true), "name": settings.json("WEBUI_NAME"), "version": .string(version),
            "default_locale": settings.json("DEFAULT_LOCALE"),
            "oauth": .object(["providers": .object(providers().mapValues(JSONValue.string))]),
            "features": features(settings, principal),
        ]
        if principal == nil, count == 0 { config["onboarding"] = .bool(true) }
        switch principal?.role {
        case nil: break
        case .pending: config["ui"] = overlay(settings)
        case .user, .admin:
            config.merge(verified(settings, count)) { $1 }
            if principal?.role == .admin { config["active_entries"] = .null }
        }
        return .object(config)
    }

    private func features(_ settings: Settings, _ principal: Principal?) -> JSONValue {
        var features: [String: JSONValue] = [
            "auth": .bool(true),
            "auth_trusted_header": .bool(!settings.text("WEBUI_AUTH_TRUSTED_EMAIL_HEADER").isEmpty),
            "enable_websocket": .bool(true), "enable_version_update_check": .bool(false),
        ]
        var keys = [
            "enable_signup_password_confirmation", "enable_ldap", "enable_api_keys", "enable_signup",
            "enable_login_form", "enable_public_active_users_count", "enable_easter_eggs",
        ]
        if principal != nil {
            features["folder_max_file_count"] = settings.json("FOLDER_MAX_FILE_COUNT")
            keys += [
                "enable_direct_connections", "enable_folders", "enable_channels", "enable_notes",
                "enable_web_search", "enable_code_execution", "enable_code_interpreter", "enable_image_generation",
                "enable_autocomplete_generation", "enable_community_sharing", "enable_message_rating",
                "enable_user_webhooks", "enable_user_status", "enable_admin_export", "enable_admin_chat_access",
                "enable_google_drive_integration", "enable_onedrive_integration", "enable_memories",
            ]
        }
        // A setting that is not there yet is off.
        for key in keys { features[key] = .bool(settings.flag(key.uppercased())) }
        return .object(features)
    }

    private func overlay(_ settings: Settings) -> JSONValue {
        .object([
            "pending_user_overlay_title": settings.json("PENDING_USER_OVERLAY_TITLE"),
            "pending_user_overlay_content": settings.json("PENDING_USER_OVERLAY_CONTENT"),
        ])
    }

    private func verified(_ settings: Settings, _ count: Int) -> [String: JSONValue] {
        let permissions = (try? JSONValue(json: users.defaultPermissions.json.utf8)) ?? .object([:])
        var ui = overlay(settings)
        ui.set(settings.json("RESPONSE_WATERMARK"), at: "response_watermark")
        let speech: [String: JSONValue] = [
            "tts": .object(["engine": .string(""), "voice": .string("alloy"), "split_on": .string("punctuation")]),
            "stt": .object(["engine": .string("")]),
        ]
        return [
            "default_models": settings.json("DEFAULT_MODELS"),
            "default_pinned_models": settings.json("DEFAULT_PINNED_MODELS"),
            "default_prompt_suggestions": settings.json("DEFAULT_PROMPT_SUGGESTIONS"),
            "user_count": .integer(Int64(count)),
            "code": .object(["engine": settings.json("CODE_EXECUTION_ENGINE")]),
            "audio": .object(speech),
            "file": .object([
                "max_size": .null, "max_count": .null,
                "image_compression": .object(["width": .null, "height": .null]),
            ]),
            "permissions": permissions,
            "google_drive": .object(["client_id": .string(""), "api_key": .string("")]),
            "onedrive": .object([
                "client_id_personal": .string(""), "client_id_business": .string(""),
                "sharepoint_url": .string(""), "sharepoint_tenant_id": .string(""),
            ]),
            "ui": ui, "license_metadata": .null,
        ]
    }
}
