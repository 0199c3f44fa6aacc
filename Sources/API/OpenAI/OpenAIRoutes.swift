import Contracts
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// API.md, "OpenAI", and what the frontend calls beside it: models and their servers. Shapes are Open WebUI 0.8.3's.
struct OpenAIRoutes: Sendable {
    let services: OpenAIServices

    var routes: [APIRoute] {
        let services = services
        let listed: [APIRoute] = [
            .openAI(.GET, "/openai/models", .verified) { request in
                if let text = request.query["url_idx"], !text.isEmpty {
                    guard let index = UInt32(text) else { throw Validation.query("url_idx", text) }
                    return try await models(of: index, request)
                }
                return try await models(request)
            },
            .openAI(.GET, "/openai/models/{url_idx}", .verified) { request in
                let text = request.parameters["url_idx"] ?? ""
                guard let index = UInt32(text) else { return try await model(text, request) }
                return try await models(of: index, request)
            },
            .openAI(.GET, "/openai/models/{model:path}", .verified) { request in
                try await model(request.parameters["model"] ?? "", request)
            },
            .relay(.POST, "/openai/verify", .admin, bodyLimit: APIRoute.defaultBodyLimit) { request, exchange in
                services.relay(request, exchange) {
                    let message = try Self.question(request.body)
                    var asked = message
                    asked.asker = try await services.asker(request, try request.principal())
                    return (asked, ByteBuffer())
                }
            },
        ]
        return listed + OpenAISettingsRoutes(editor: services.editor).routes
            + OpenAIInferenceRoutes(services: services).routes
    }

    // MARK: Models

    private func models(_ request: HTTPRequest) async throws -> HTTPResponse {
        try services.requireEnabled()
        let models = try await visible(request)
        var body = ByteBuffer(string: #"{"object":"list","data":"#)
        body.writeBytes(JSONMembers.array(models.map(\.text)))
        body.writeStaticString("}")
        return HTTPResponse(json: body)
    }

    private func visible(_ request: HTTPRequest) async throws -> [OpenAIModels.Model] {
        let principal = try request.principal()
        let all = try await services.models.list(requestID: request.requestID).models
        let ids = try await services.access.visible(all.map(\.id), for: principal)
        return all.filter { ids.contains($0.id) }
    }

    /// One model, as OpenAI's clients ask for it.
    private func model(_ id: String, _ request: HTTPRequest) async throws -> HTTPResponse {
        try services.requireEnabled()
        guard let model = try await visible(request).first(where: { $0.id == id }) else { throw ModelAccess.notFound }
        return HTTPResponse(json: ByteBuffer(bytes: model.text))
    }

    /// What one server says, as far as the caller may use it.
    private func models(of index: UInt32, _ request: HTTPRequest) async throws -> HTTPResponse {
        try services.requireEnabled()
        let principal = try request.principal()
        let document = try await services.models.document(of: index, requestID: request.requestID)
        guard !services.access.isUnrestricted(principal) else { return HTTPResponse(json: document) }
        var members = try JSONMembers(document.readableBytesView)
        let prefix = services.board.settings.json("OPENAI_API_CONFIGS")[String(index)]?["prefix_id"]?.text ?? ""
        let models = try JSONMembers.elements(of: members["data"] ?? Array("[]".utf8)[...]).compactMap {
            text in
            (try? JSONMembers(text).text("id")).map { (prefix.isEmpty ? $0 : "\(prefix).\($0)", text) }
        }
        let ids = try await services.access.visible(models.map(\.0), for: principal)
        members["data"] = JSONMembers.array(models.filter { ids.contains($0.0) }.map(\.1))[...]
        return HTTPResponse(json: ByteBuffer(bytes: members.encoded))
    }

    // MARK: Verification

    static func question(_ body: ByteBuffer) throws(HTTPError) -> OpenAIVerifyRequest {
        var form = try Validation(body)
        var message = OpenAIVerifyRequest()
        message.url = form.text("url")
        message.key = form.text("key")
        message.config = .init((form.object("config") ?? "").utf8)
        try form.check()
        return message
    }
}
