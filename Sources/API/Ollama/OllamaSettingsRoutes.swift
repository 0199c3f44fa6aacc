import Contracts
import DaemonKit
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// Which servers there are, and whether they answer: API.md, "Ollama", config, url and verify.
struct OllamaSettingsRoutes: Sendable {
    let services: OllamaServices

    static let form = SettingsForm(
        keys: ["ENABLE_OLLAMA_API", "OLLAMA_BASE_URLS", "OLLAMA_API_CONFIGS"], optional: ["ENABLE_OLLAMA_API"])

    var routes: [APIRoute] {
        let editor = services.editor
        return [
            .json(.GET, "/ollama/", .admin) { _ in #"{"status":true}"# },
            .json(.HEAD, "/ollama/", .admin) { _ in #"{"status":true}"# },
            .json(.GET, "/ollama/config", .admin) { _ in Self.configuration(editor.board.settings) },
            .async(.POST, "/ollama/config/update", .admin) { request in
                var values = try Self.form.values(request.body)
                Self.dropStrayConfigurations(&values)
                return try await Self.save(values, editor) { Self.configuration($0) }
            },
            .json(.GET, "/ollama/url", .admin) { _ in Self.addresses(editor.board.settings) },
            .json(.GET, "/ollama/urls", .admin) { _ in Self.addresses(editor.board.settings) },
            .async(.POST, "/ollama/urls/update", .admin) { request in
                let urls = try Self.postedAddresses(request.body)
                return try await Self.save(["OLLAMA_BASE_URLS": urls], editor) { Self.addresses($0) }
            },
            verify,
        ]
    }

    private static func save(
        _ values: [String: JSONValue], _ editor: SettingsEditor, _ document: @Sendable (Settings) -> String
    ) async throws(HTTPError) -> HTTPResponse {
        try await answer { () async throws(APIError) in
            try await editor.save(values)
            return document(editor.board.settings)
        }
    }

    private static func configuration(_ settings: Settings) -> String {
        var document: [String: JSONValue] = [:]
        for key in form.keys { document[key] = settings.json(key) }
        if document["OLLAMA_API_CONFIGS"] == .null { document["OLLAMA_API_CONFIGS"] = .object([:]) }
        return JSONValue.object(document).encoded
    }

    private static func addresses(_ settings: Settings) -> String {
        JSONValue.object(["OLLAMA_BASE_URLS": settings.json("OLLAMA_BASE_URLS")]).encoded
    }

    /// What is set for servers that are not there any more would be taken for that of later ones.
    private static func dropStrayConfigurations(_ values: inout [String: JSONValue]) {
        guard let count = values["OLLAMA_BASE_URLS"]?.elements?.count,
            case .object(let configurations)? = values["OLLAMA_API_CONFIGS"]
        else { return }
        values["OLLAMA_API_CONFIGS"] = .object(
            configurations.filter { key, _ in Int(key).map { (0..<count).contains($0) } ?? false })
    }

    /// `{"urls": […]}`, or with the setting's name.
    private static func postedAddresses(_ body: ByteBuffer) throws(HTTPError) -> JSONValue {
        var form = try Validation(body)
        let name = form.document["OLLAMA_BASE_URLS"] == nil ? "urls" : "OLLAMA_BASE_URLS"
        let given = form.texts(name)
        if given == nil { form.missing(name) }
        try form.check()
        let kind = SettingDefinition.named("OLLAMA_BASE_URLS")?.kind
        guard let urls = kind?.normalised((given ?? []).joined(separator: ";")) else {
            form.problem(name, type: "value_error", "Input should be \(kind?.allowed ?? "addresses")")
            try form.check()
            return .null
        }
        return .array(urls.split(separator: ";").map { .string(String($0)) })
    }

    /// The server need not be one of ours yet: an administrator asks before saving it.
    private var verify: APIRoute {
        let services = services
        return .ollama(.POST, "/ollama/verify", .admin) { request in
            var form = try Validation(request.body)
            var message = OllamaVerifyRequest()
            message.url = form.text("url")
            message.key = form.optionalText("key") ?? ""
            if SettingKind.urls.normalised(message.url) == nil || message.url.contains(";") {
                form.problem("url", type: "value_error", "Input should be an http:// or https:// address")
            }
            try form.check()
            while message.url.hasSuffix("/") { message.url.removeLast() }
            let reply = try await services.call(Methods.verify, message, request)
            return HTTPResponse(json: ByteBuffer(bytes: reply.json))
        }
    }
}
