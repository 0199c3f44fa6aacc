import Contracts
import FoundationEssentials
import HTTPFront
import Identity
import Link
import NIOCore
import NIOHTTP1

/// What changes a server's models: API.md, "Ollama", pull, push, create, copy, delete; and unload. Without an index they
/// act on every server that is concerned, with one merged stream of progress.
struct OllamaManagementRoutes: Sendable {
    let services: OllamaServices

    var routes: [APIRoute] {
        OllamaServices.paths("/ollama/api/pull").map { stream(.POST, $0, to: "/api/pull", .all) }
            + OllamaServices.paths("/ollama/api/push").flatMap { path in
                // Open WebUI's frontend uses DELETE.
                [HTTPMethod.POST, .DELETE].map { stream($0, path, to: "/api/push", .one) }
            }
            + OllamaServices.paths("/ollama/api/create").map { create($0) }
            + OllamaServices.paths("/ollama/api/copy").map { copy($0) }
            + OllamaServices.paths("/ollama/api/delete").map { delete($0) } + [unload]
    }

    // MARK: With progress

    private func stream(_ method: HTTPMethod, _ pattern: String, to path: String, _ scope: OllamaScope) -> APIRoute {
        let services = services
        return .relay(method, pattern, .admin, bodyLimit: services.bodyLimit) { request, exchange in
            do throws(HTTPError) {
                var message = try Self.message("POST", path, scope, request)
                message.model = try OllamaForm.model(request.body)
                message.stream = try OllamaForm.isStreamed(request.body)
                services.relay(message, request, exchange)
            } catch {
                exchange.respond(OllamaErrorBody.response(error))
            }
        }
    }

    /// From a model that is there: on the servers that have it. From files or from nowhere: on all.
    private func create(_ pattern: String) -> APIRoute {
        let services = services
        return .relay(.POST, pattern, .admin, bodyLimit: services.bodyLimit) { request, exchange in
            do throws(HTTPError) {
                var message = try Self.message("POST", "/api/create", .all, request)
                _ = try OllamaForm.model(request.body)
                message.stream = try OllamaForm.isStreamed(request.body)
                guard case .string(let base) = try OllamaForm.members(["from"], of: request.body)[0], !base.isEmpty
                else { return services.relay(message, request, exchange) }
                services.relay(request, exchange) { [message] in
                    var message = message
                    if try await services.isInstalled(base, request) {
                        message.model = base
                        message.scope = .having
                    }
                    return (message, request.body)
                }
            } catch {
                exchange.respond(OllamaErrorBody.response(error))
            }
        }
    }

    private static func message(
        _ verb: String, _ path: String, _ scope: OllamaScope, _ request: HTTPRequest
    ) throws(HTTPError) -> OllamaFanout {
        var message = OllamaFanout()
        message.verb = verb
        message.path = path
        message.scope = scope
        message.headers = [OllamaServices.wireHeader("content-type", "application/json")]
        if let index = try OllamaServices.index(request) { message.backendIndices = [index] }
        return message
    }

    // MARK: At once

    private func copy(_ pattern: String) -> APIRoute {
        .ollama(.POST, pattern, .admin) { request in
            let names = try OllamaForm.read(request.body, texts: ["source", "destination"])
            return try await outcome("POST", "/api/copy", model: names["source"] ?? "", request)
        }
    }

    private func delete(_ pattern: String) -> APIRoute {
        .ollama(.DELETE, pattern, .admin) { request in
            try await outcome("DELETE", "/api/delete", model: try OllamaForm.model(request.body), request)
        }
    }

    /// `true` when every server that is concerned has done it.
    private func outcome(
        _ verb: String, _ path: String, model: String, _ request: HTTPRequest
    ) async throws -> HTTPResponse {
        var message = try Self.message(verb, path, .having, request)
        message.model = model
        message.body = Data(request.body.readableBytesView)
        let answer = try await services.collect(message, request)
        guard answer.status < 400, Self.failures(answer.body) == nil else { return Self.refusal(answer) }
        return HTTPResponse(json: ByteBuffer(string: "true"))
    }

    /// A document of `ollama.fanout` that tells of failures has `error`.
    private static func failures(_ body: ByteBuffer) -> String? {
        (try? JSONValue(json: body.readableBytesView))?["error"]?.text
    }

    private static func refusal(_ answer: OllamaCall.Answer) -> HTTPResponse {
        let status = answer.status < 400 ? HTTPResponseStatus.badGateway : .init(statusCode: answer.status)
        return HTTPResponse(status: status, json: OllamaErrorBody.completed(answer.body))
    }

    private var unload: APIRoute {
        .ollama(.POST, "/ollama/api/unload", .admin) { request in
            let name = try OllamaForm.model(request.body)
            let model = try await services.access.resolve(name, for: try request.principal(), owner: .ollama)
            var message = try Self.message("POST", "/api/generate", .loaded, request)
            message.model = model.upstreamID
            message.body = Data(
                JSONValue.object([
                    "model": .string(model.upstreamID), "prompt": .string(""), "keep_alive": .integer(0),
                    "stream": .bool(false),
                ]).encoded.utf8)
            let answer = try await services.collect(message, request)
            guard answer.status < 400, Self.failures(answer.body) == nil else { return Self.refusal(answer) }
            return HTTPResponse(json: ByteBuffer(string: #"{"status":true}"#))
        }
    }
}

extension OllamaServices {
    fileprivate func collect(_ message: OllamaFanout, _ request: HTTPRequest) async throws -> OllamaCall.Answer {
        try await OllamaCall.collect(message, on: client, call: Self.header(request))
    }

    /// Whether any server has the model.
    fileprivate func isInstalled(_ model: String, _ request: HTTPRequest) async throws -> Bool {
        let spellings = ModelName.spellings(model)
        let reply = try await call(Methods.stats, OllamaStatsRequest(), request)
        return reply.backends.contains { backend in
            backend.models.contains { $0.installed && spellings.contains($0.name) }
        }
    }
}
