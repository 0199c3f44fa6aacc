import Contracts
import DaemonKit
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// API.md, "Configs", and the relatives that the frontend calls: one part of the settings each.
struct ConfigsRoutes: Sendable {
    let editor: SettingsEditor

    static let connections = SettingsForm(keys: ["ENABLE_DIRECT_CONNECTIONS", "ENABLE_BASE_MODELS_CACHE"])
    static let models = SettingsForm(
        keys: ["DEFAULT_MODELS", "DEFAULT_PINNED_MODELS", "MODEL_ORDER_LIST"], optional: ["MODEL_ORDER_LIST"])
    static let code = SettingsForm(
        keys: SettingDefinition.code.map(\.key),
        optional: Set(SettingDefinition.code.map(\.key).filter { $0.contains("JUPYTER") || $0.contains("TEMPLATE") }))
    /// A whole document may hold templates and images. Decoded, it takes many times as much memory.
    private static let documentLimit = 2 << 20

    var routes: [APIRoute] { documents + banners + parts }

    private var documents: [APIRoute] {
        let editor = editor
        return [
            .async(.GET, "/api/v1/configs/", .admin) { _ in
                try await answer { () async throws(APIError) in try await editor.whole().encoded }
            },
            .async(.POST, "/api/v1/configs/update", .admin, bodyLimit: Self.documentLimit) { request in
                let changes = JSONValue.object(try Validation(request.body).document)
                try Self.checkPlaces(of: changes, in: [.name("body")])
                return try await answer { () async throws(APIError) in
                    try await editor.merge(changes)
                    return try await editor.whole().encoded
                }
            },
            .async(.GET, "/api/v1/configs/export", .admin) { _ in
                try await answer { () async throws(APIError) in
                    // The version of Open WebUI's document is 0; where nothing was saved yet, it is not there.
                    JSONValue.object(["version": .integer(0)]).merging(try await editor.document()).encoded
                }
            },
            .async(.POST, "/api/v1/configs/import", .admin, bodyLimit: Self.documentLimit) { request in
                var form = try Validation(request.body)
                if form.document["config"] == nil { form.missing("config") } else { _ = form.object("config") }
                try form.check()
                let document = form.document["config"] ?? .null
                guard document.isObject else { throw Validation.invalidJSON(at: 0) }
                try Self.checkPlaces(of: document, in: [.name("body"), .name("config")])
                return try await answer { () async throws(APIError) in
                    try await editor.replace(document)
                    return try await editor.document().encoded
                }
            },
        ]
    }

    /// What settings lie in must be an object: they could not be saved any more.
    private static func checkPlaces(of document: JSONValue, in location: [Validation.Place]) throws(HTTPError) {
        let parents = Set(SettingDefinition.all.compactMap(\.persistedAt).flatMap(Self.parents))
        let problems = parents.sorted().compactMap { parent -> Validation.Problem? in
            guard let value = document.value(at: parent), !value.isObject else { return nil }
            return Validation.Problem(
                type: "dict_type", location: location + parent.split(separator: ".").map { .name(String($0)) },
                message: "Input should be a valid dictionary", input: value)
        }
        guard problems.isEmpty else { throw Validation.error(problems) }
    }

    /// `a`, `a.b` of `a.b.c`.
    private static func parents(of place: String) -> [String] {
        place.indices.filter { place[$0] == "." }.map { String(place[..<$0]) }
    }

    private var banners: [APIRoute] {
        let editor = editor
        let required = ["id", "type", "content", "dismissible", "timestamp"]
        return [
            .json(.GET, "/api/v1/configs/banners", .anyone) { _ in
                editor.board.settings.json("WEBUI_BANNERS").encoded
            },
            list("banners", member: "banners", "WEBUI_BANNERS", requiring: required),
            list("banners/update", member: "banners", "WEBUI_BANNERS", requiring: required),
            list(
                "suggestions", member: "suggestions", "DEFAULT_PROMPT_SUGGESTIONS", requiring: ["title", "content"]),
        ]
    }

    private var parts: [APIRoute] {
        part("connections", Self.connections) + part("models", Self.models) + part("code_execution", Self.code)
    }

    /// Reading and setting some settings.
    private func part(_ path: String, _ form: SettingsForm) -> [APIRoute] {
        let editor = editor
        return [
            .json(.GET, "/api/v1/configs/\(path)", .admin) { _ in form.json(editor.board.settings).encoded },
            .async(.POST, "/api/v1/configs/\(path)", .admin) { request in
                let values = try form.values(request.body)
                return try await answer { () async throws(APIError) in
                    try await editor.save(values)
                    return form.json(editor.board.settings, posted: values).encoded
                }
            },
        ]
    }

    /// Setting a list of objects; the answer is the list.
    private func list(_ path: String, member: String, _ key: String, requiring required: [String]) -> APIRoute {
        let editor = editor
        return .async(.POST, "/api/v1/configs/\(path)", .admin) { request in
            var form = try Validation(request.body)
            let elements = form.objects(member, requiring: required)
            try form.check()
            return try await answer { () async throws(APIError) in
                try await editor.save([key: .array(elements)])
                return editor.board.settings.json(key).encoded
            }
        }
    }
}
