import Contracts
import FoundationEssentials
import HTTPFront
import Identity
import Link
import NIOCore
import NIOHTTP1

/// What the servers have and do: API.md, "Ollama", tags, ps, info, v1/models; and versions and figures for the frontend.
/// A caller sees the models that they may use.
struct OllamaFleetRoutes: Sendable {
    let services: OllamaServices

    var routes: [APIRoute] {
        OllamaServices.paths("/ollama/api/tags").map { models($0, Methods.tags) { $0 } }
            + OllamaServices.paths("/ollama/api/ps").map { models($0, Methods.loadedModels) { $0 } }
            + OllamaServices.paths("/ollama/v1/models").map { models($0, Methods.tags, Self.openAIList) }
            + OllamaServices.paths("/ollama/api/info").map(info)
            + OllamaServices.paths("/ollama/api/version").map(version)
            + [loadStatistics, serverStatistics]
    }

    private typealias ListMethod = Method<OllamaListRequest, OllamaJsonReply>

    // MARK: Lists of models

    private func models(
        _ pattern: String, _ method: ListMethod, _ document: @escaping @Sendable (JSONValue) -> JSONValue
    ) -> APIRoute {
        .ollama(.GET, pattern, .verified) { request in
            let list = try await self.visible(method, request)
            return HTTPResponse(json: ByteBuffer(string: document(list).encoded))
        }
    }

    /// `{"models": […]}`, without those that the caller may not use. Without an index, servers that do not answer have
    /// no models: that none answers is no error, as in Open WebUI.
    private func visible(_ method: ListMethod, _ request: HTTPRequest) async throws -> JSONValue {
        var message = OllamaListRequest()
        if let index = try OllamaServices.index(request) { message.backendIndex = index }
        let principal = try request.principal()
        let document: JSONValue
        do throws(LinkError) {
            document = try Self.parsed(try await services.call(method, message, request).json)
        } catch {
            guard error.code == .unavailable, !message.hasBackendIndex else { throw error }
            document = .object(["models": .array([])])
        }
        let models = document["models"]?.elements ?? []
        let allowed = try await services.access.visible(models.compactMap(Self.name), for: principal)
        return .object(["models": .array(models.filter { Self.name($0).map(allowed.contains) ?? false })])
    }

    private static func name(_ model: JSONValue) -> String? { (model["model"] ?? model["name"])?.text }

    private static func parsed(_ json: Data) throws(LinkError) -> JSONValue {
        do { return try JSONValue(json: json) } catch { throw LinkError(.internal, "the answer is no JSON") }
    }

    /// As OpenAI lists models.
    private static func openAIList(_ list: JSONValue) -> JSONValue {
        let now = Int64(Date().timeIntervalSince1970)
        let models = (list["models"]?.elements ?? []).compactMap(name).map { id in
            JSONValue.object([
                "id": .string(id), "object": .string("model"), "created": .integer(now), "owned_by": .string("openai"),
            ])
        }
        return .object(["object": .string("list"), "data": .array(models)])
    }

    // MARK: Information

    /// With `?model=`: that model's `/api/show`. Else each model with the servers that have it.
    private func info(_ pattern: String) -> APIRoute {
        .ollama(.GET, pattern, .verified) { request in
            if let model = request.query["model"], !model.isEmpty { return try await self.show(model, request) }
            let list = try await self.visible(Methods.tags, request)
            let models = (list["models"]?.elements ?? []).map { model -> JSONValue in
                var entry: [String: JSONValue] = ["backends": model["urls"] ?? .array([])]
                for key in ["name", "model", "digest", "size", "details"] { entry[key] = model[key] ?? .null }
                return .object(entry)
            }
            let document = JSONValue.object(["models": .array(models)])
            return HTTPResponse(json: ByteBuffer(string: document.encoded))
        }
    }

    private func show(_ name: String, _ request: HTTPRequest) async throws -> HTTPResponse {
        let model = try await services.access.resolve(name, for: try request.principal(), owner: .ollama)
        var message = OllamaExchange()
        message.verb = "POST"
        message.path = "/api/show"
        message.model = model.upstreamID
        message.headers = [OllamaServices.wireHeader("content-type", "application/json")]
        message.body = Data(JSONValue.object(["model": .string(model.upstreamID)]).encoded.utf8)
        if let index = try OllamaServices.index(request) { message.backendIndex = index }
        let answer = try await OllamaCall.collect(
            message, on: services.client, call: OllamaServices.header(request))
        let status = HTTPResponseStatus(statusCode: answer.status)
        return HTTPResponse(
            status: status, json: answer.status < 400 ? answer.body : OllamaErrorBody.completed(answer.body))
    }

    /// Public, as the frontend asks it before anybody has signed in.
    private func version(_ pattern: String) -> APIRoute {
        .ollama(.GET, pattern, .anyone) { request in
            var message = OllamaListRequest()
            if let index = try OllamaServices.index(request) { message.backendIndex = index }
            let reply = try await services.call(Methods.ollamaVersion, message, request)
            return HTTPResponse(json: ByteBuffer(bytes: reply.json))
        }
    }

    // MARK: Figures

    private var loadStatistics: APIRoute {
        .ollama(.GET, "/ollama/api/load-stats", .admin) { request in
            let reply = try await services.call(Methods.backends, OllamaBackendsRequest(), request)
            let counts = reply.backends.map { ($0.url, JSONValue.integer(Int64($0.active))) }
            return Self.document(counts)
        }
    }

    private var serverStatistics: APIRoute {
        .ollama(.GET, "/ollama/api/server-stats", .admin) { request in
            let reply = try await services.call(Methods.stats, OllamaStatsRequest(), request)
            return Self.document(reply.backends.map { ($0.backend.url, Self.figures($0)) })
        }
    }

    /// By address; of two entries with one address the first counts.
    private static func document(_ members: [(String, JSONValue)]) -> HTTPResponse {
        let document = JSONValue.object(Dictionary(members) { first, _ in first })
        return HTTPResponse(json: ByteBuffer(string: document.encoded))
    }

    private static func figures(_ statistics: OllamaBackendStats) -> JSONValue {
        let backend = statistics.backend
        let state = !backend.healthy ? "unhealthy" : backend.ejected ? "degraded" : "healthy"
        let available = statistics.models.filter(\.installed).map { model in
            JSONValue.object([
                "name": .string(model.name), "size": .integer(Int64(clamping: model.size)),
                "parameter_size": .string(model.parameterSize),
                "quantization_level": .string(model.quantizationLevel), "family": .string(model.family),
            ])
        }
        let loaded = statistics.models.filter(\.loaded).map { model in
            JSONValue.object([
                "name": .string(model.name), "vram_gb": .number(rounded(Double(model.sizeVram) / 1_073_741_824)),
                "expires_at": model.expiresAt.isEmpty ? .null : .string(model.expiresAt),
            ])
        }
        return .object([
            "active_jobs": .integer(Int64(backend.active)), "queued_jobs": .integer(Int64(backend.queued)),
            "avg_response_time_ms": .number(rounded(statistics.avgResponseMs)),
            "avg_tokens_per_second": .number(rounded(backend.avgTokensPerSecond)),
            "sample_count": .integer(Int64(clamping: statistics.samples)),
            "total_requests": .integer(Int64(clamping: backend.requests)), "health_status": .string(state),
            "breaker": .string(backend.breaker), "available_models": .array(available),
            "loaded_models": .array(loaded),
        ])
    }

    private static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}
