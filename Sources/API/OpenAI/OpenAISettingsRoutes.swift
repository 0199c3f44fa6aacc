import Contracts
import DaemonKit
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// The connections to servers with OpenAI's API, for administrators: the only ones who see their keys.
struct OpenAISettingsRoutes: Sendable {
    let editor: SettingsEditor

    private static let form = SettingsForm(
        keys: ["ENABLE_OPENAI_API", "OPENAI_API_BASE_URLS", "OPENAI_API_KEYS", "OPENAI_API_CONFIGS"],
        optional: ["ENABLE_OPENAI_API"])

    var routes: [APIRoute] {
        let editor = editor
        return [
            .json(.GET, "/openai/config", .admin) { _ in Self.form.json(editor.board.settings).encoded },
            .async(.POST, "/openai/config/update", .admin) { request in
                let values = try Self.values(request.body)
                return try await answer { () async throws(APIError) in
                    try await editor.save(values)
                    return Self.form.json(editor.board.settings).encoded
                }
            },
        ] + part("urls", "OPENAI_API_BASE_URLS") + part("keys", "OPENAI_API_KEYS")
    }

    /// One of the lists by itself, as older frontends have it.
    private func part(_ path: String, _ key: String) -> [APIRoute] {
        let editor = editor
        let form = SettingsForm(keys: [key])
        return [
            .json(.GET, "/openai/\(path)", .admin) { _ in form.json(editor.board.settings).encoded },
            .async(.POST, "/openai/\(path)/update", .admin) { request in
                let values = try form.values(request.body)
                return try await answer { () async throws(APIError) in
                    try await editor.save(values)
                    return form.json(editor.board.settings).encoded
                }
            },
        ]
    }

    /// Keys and configurations belong to addresses by their place: there is one key for each address, and no
    /// configuration of an address that is not there.
    static func values(_ body: ByteBuffer) throws(HTTPError) -> [String: JSONValue] {
        var values = try form.values(body)
        if values["ENABLE_OPENAI_API"] == .null { values["ENABLE_OPENAI_API"] = nil }
        let count = values["OPENAI_API_BASE_URLS"]?.elements?.count ?? 0
        var keys = Array((values["OPENAI_API_KEYS"]?.elements ?? []).prefix(count))
        keys += Array(repeating: .string(""), count: count - keys.count)
        values["OPENAI_API_KEYS"] = .array(keys)
        if case .object(let configs)? = values["OPENAI_API_CONFIGS"] {
            values["OPENAI_API_CONFIGS"] = .object(
                configs.filter { Int($0.key).map { $0 >= 0 && $0 < count } ?? false })
        }
        return values
    }
}
