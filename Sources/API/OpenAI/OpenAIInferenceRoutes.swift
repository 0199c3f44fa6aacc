import Contracts
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// API.md, "OpenAI": what models work for, and the passage to everything else that a server has.
///
/// Every request that names a model is checked by `ModelAccess`. What names none is passed on for administrators only:
/// it would act with the rights of the server's key (files, batches, other people's answers).
struct OpenAIInferenceRoutes: Sendable {
    let services: OpenAIServices

    /// Paths, beside those with routes of their own, on which the body's model is all that a request asks for.
    static let modelPaths: Set<String> = [
        "completions", "embeddings", "images/generations", "moderations", "rerank", "reranking", "score",
    ]

    var routes: [APIRoute] {
        var routes = [
            inference("/chat/completions", .openAIChat), inference("/responses", .openAIOther),
            inference("/embeddings", .openAIOther, mayBeUnlisted: true),
            inference("/completions", .openAIOther), speech,
        ]
        for method in [HTTPMethod.GET, .POST, .PUT, .DELETE] { routes.append(passage(method)) }
        return routes
    }

    private func inference(_ path: String, _ form: ModelRequest.Form, mayBeUnlisted: Bool = false) -> APIRoute {
        let services = services
        return .relay(.POST, "/openai" + path, .verified, bodyLimit: services.bodyLimit) { request, exchange in
            services.relay(request, exchange) {
                try await Self.prepared(request, path: path, form, mayBeUnlisted: mayBeUnlisted, services)
            }
        }
    }

    /// The exchange and its body for a model that the caller may use.
    static func prepared(
        _ request: HTTPRequest, path: String, _ form: ModelRequest.Form, mayBeUnlisted: Bool,
        _ services: OpenAIServices
    ) async throws -> (OpenAIExchange, ByteBuffer) {
        let principal = try request.principal()
        // Who serves it is ollama-lb-proxy's to find: the number of the connection is not used.
        let model = try await services.access.resolve(
            try model(request.body), for: principal, owner: .openAI(connection: 0))
        let body = try await services.access.prepared(request.body, for: model, form, by: principal)
        var message = OpenAIExchange()
        message.verb = "POST"
        message.path = path
        message.headers = OpenAIServices.forwarded(request.headers)
        message.model = model.upstreamID
        message.mayBeUnlisted = mayBeUnlisted && services.access.isUnrestricted(principal)
        message.asker = try await services.asker(request, principal)
        return (message, body)
    }

    /// The `model` of a body.
    static func model(_ body: ByteBuffer) throws(HTTPError) -> String {
        let member: TopLevelJSON.Member
        do throws(TopLevelJSON.Malformed) {
            member = try body.withUnsafeReadableBytes { bytes throws(TopLevelJSON.Malformed) in
                try TopLevelJSON.members(["model"], of: bytes)[0]
            }
        } catch {
            throw Validation.invalidJSON(at: body.readableBytes)
        }
        switch member {
        case .string(let model) where !model.isEmpty: return model
        case .absent, .string:
            throw Validation.error([
                .init(
                    type: "missing", location: [.name("body"), .name("model")], message: "Field required",
                    input: .object([:]))
            ])
        case .bool, .other:
            throw Validation.error([
                .init(
                    type: "string_type", location: [.name("body"), .name("model")],
                    message: "Input should be a valid string", input: .null)
            ])
        }
    }

    // MARK: Speech

    /// Needs the permission `chat.tts`. Models that speak are in no list, so they have no grants of their own.
    private var speech: APIRoute {
        let services = services
        return .relay(.POST, "/openai/audio/speech", .verified, bodyLimit: services.bodyLimit) { request, exchange in
            services.relay(request, exchange) {
                let principal = try request.principal()
                if principal.role != .admin {
                    do throws(APIError) {
                        guard try await services.users.permissions(of: principal).allows("chat.tts") else {
                            throw .accessProhibited
                        }
                    } catch {
                        throw error.httpError
                    }
                }
                var message = OpenAIExchange()
                message.verb = "POST"
                message.path = "/audio/speech"
                message.headers = OpenAIServices.forwarded(request.headers)
                message.model = try Self.model(request.body)
                message.mayBeUnlisted = true
                message.asker = try await services.asker(request, principal)
                return (message, request.body)
            }
        }
    }

    // MARK: The passage

    private func passage(_ method: HTTPMethod) -> APIRoute {
        let services = services
        return .relay(method, "/openai/{path:path}", .verified, bodyLimit: services.bodyLimit) { request, exchange in
            services.relay(request, exchange) {
                try services.requireEnabled()
                // As it was sent: what is encoded stays encoded.
                let path = String(request.target.dropFirst("/openai".count))
                let bare = String(path.prefix { $0 != "?" }.drop { $0 == "/" })
                let isForModel = request.method == .POST && Self.modelPaths.contains(bare)
                if isForModel {
                    return try await Self.prepared(
                        request, path: path, .openAIOther, mayBeUnlisted: true, services)
                }
                let principal = try request.principal()
                guard principal.role == .admin else { throw APIError.accessProhibited.httpError }
                var message = OpenAIExchange()
                message.verb = request.method.rawValue
                message.path = path
                message.headers = OpenAIServices.forwarded(request.headers)
                message.asker = try await services.asker(request, principal)
                if request.method == .POST, let model = try? Self.model(request.body) {
                    message.model = model
                    message.mayBeUnlisted = true
                }
                return (message, request.body)
            }
        }
    }
}
