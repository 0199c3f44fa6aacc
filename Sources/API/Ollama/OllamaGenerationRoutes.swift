import Contracts
import HTTPFront
import Identity
import Link
import NIOCore
import NIOHTTP1

/// What a model makes: API.md, "Ollama", chat, generate, embed, embeddings and the OpenAI forms of them; and show. Who
/// may use the model is asked at each request (`ModelAccess`); a pinned server gives no other rights.
struct OllamaGenerationRoutes: Sendable {
    let services: OllamaServices

    private struct Kind {
        var form: ModelRequest.Form
        var priority = OllamaPriority.interactive
        /// Members that must be there, beside the model.
        var required: [String] = []
    }

    var routes: [APIRoute] {
        both("/ollama/api/chat", Kind(form: .ollamaChat)) + both("/ollama/api/generate", Kind(form: .ollamaGenerate))
            + both("/ollama/api/embed", Kind(form: .ollamaOther, priority: .embedding, required: ["input"]))
            + both("/ollama/api/embeddings", Kind(form: .ollamaOther, priority: .embedding, required: ["prompt"]))
            + both("/ollama/v1/chat/completions", Kind(form: .openAIChat))
            + both("/ollama/v1/completions", Kind(form: .openAIOther))
            + both("/ollama/v1/embeddings", Kind(form: .openAIOther, priority: .embedding, required: ["input"]))
            + both("/ollama/api/show", Kind(form: .ollamaOther))
    }

    private func both(_ path: String, _ kind: Kind) -> [APIRoute] {
        OllamaServices.paths(path).map { route($0, to: String(path.dropFirst("/ollama".count)), kind) }
    }

    private func route(_ pattern: String, to path: String, _ kind: Kind) -> APIRoute {
        let services = services
        return .relay(.POST, pattern, .verified, bodyLimit: services.bodyLimit) { request, exchange in
            do throws(HTTPError) {
                var message = OllamaExchange()
                message.verb = "POST"
                message.path = path
                message.priority = kind.priority
                message.headers = OllamaServices.forwarded(request.headers)
                if let index = try OllamaServices.index(request) { message.backendIndex = index }
                let name = try Self.name(request.body, kind)
                let principal = try request.principal()
                services.relay(request, exchange) { [message] in
                    let model = try await services.access.resolve(name, for: principal, owner: .ollama)
                    let body = try await services.access.prepared(request.body, for: model, kind.form, by: principal)
                    var message = message
                    message.model = model.upstreamID
                    return (message, body)
                }
            } catch {
                exchange.respond(OllamaErrorBody.response(error))
            }
        }
    }

    private static func name(_ body: ByteBuffer, _ kind: Kind) throws(HTTPError) -> String {
        // `name` is what /api/show called it once.
        if kind.form == .ollamaOther, kind.required.isEmpty { return try OllamaForm.model(body) }
        return try OllamaForm.read(body, texts: ["model"], present: kind.required)["model"] ?? ""
    }
}
