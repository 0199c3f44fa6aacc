import Contracts
import HTTPFront
import Identity
import Logging
import NIOCore
import NIOHTTP1

/// `POST /api/chat/completions` and `POST /api/embeddings` in OpenAI's form, for every model that the caller may use:
/// those of Ollama are converted both ways, those of servers with OpenAI's API pass.
struct CompletionRoutes: Sendable {
    let services: OpenAIServices

    var routes: [APIRoute] {
        ["/api/chat/completions", "/api/v1/chat/completions"].map { route($0, Self.chat) }
            + ["/api/embeddings", "/api/v1/embeddings"].map { route($0, Self.embeddings) }
    }

    /// An upstream's call that is ready to be made.
    private struct Prepared: Sendable {
        var call: any UpstreamCall & Sendable
        var body: ByteBuffer
        /// Made on the event loop.
        var transformer: (@Sendable () -> any RelayTransformer)?
    }

    private typealias Preparation = @Sendable (HTTPRequest, Principal, OpenAIServices) async throws -> Prepared

    private func route(_ pattern: String, _ prepare: @escaping Preparation) -> APIRoute {
        let services = services
        return .relay(.POST, pattern, .verified, bodyLimit: services.bodyLimit) { request, exchange in
            RelayDecision.wait(
                exchange, services.logger, refusal: Self.refusal,
                for: {
                    guard request.body.readableBytes > 0 else { throw Self.missingBody }
                    return try await prepare(request, request.principal(), services)
                },
                then: { Self.begin($0, request, exchange, services) })
        }
    }

    private static let missingBody = Validation.error([
        .init(type: "missing", location: [.name("body")], message: "Field required", input: .null)
    ])

    /// Lists of what is wrong with a body stay as they are.
    private static func refusal(_ error: any Error) -> HTTPResponse? {
        switch error {
        case let error as CompletionError: error.response
        case let error as HTTPError where error.status == .unprocessableEntity: error.response
        case let error as HTTPError: CompletionError(error).response
        default: nil
        }
    }

    private static func begin(
        _ prepared: Prepared, _ request: HTTPRequest, _ exchange: any HTTPExchange, _ services: OpenAIServices
    ) {
        guard let link = services.links.link(on: exchange.eventLoop) else { return exchange.fail() }
        func relay(_ call: some UpstreamCall) {
            UpstreamRelay(
                exchange: exchange, link: link, request: call, body: prepared.body,
                call: OpenAIServices.header(request), transformer: prepared.transformer?(), logger: services.logger
            ).begin()
        }
        relay(prepared.call)
    }

    // MARK: Chat

    private static func chat(
        _ request: HTTPRequest, _ principal: Principal, _ services: OpenAIServices
    ) async throws -> Prepared {
        let access = services.access
        let chat = try ChatRequest(request.body)
        let model = try await access.resolve(chat.model, for: principal)
        let client = chat.members["variables"]?.value
        var variables: PromptVariables?
        if chat.hasTemplates {
            variables = try await access.variables(for: principal, in: "{{USER_LOCATION}}")
            variables?.add(client: client)
        }
        let isStreamed = chat.isStreamed(model)
        guard case .openAI = model.owner else {
            let body = try await access.prepared(
                try chat.ollama(variables, isStreamed: isStreamed), for: model, .ollamaChat, by: principal,
                client: client)
            let (name, usage) = (chat.model, chat.wantsUsage)
            return Prepared(call: ollama("/api/chat", model, request.headers), body: body) {
                let identity = OllamaChatStream.Identity(created: IdentityClock.system.now(), model: name)
                return isStreamed
                    ? OllamaChatStream(identity, sendsUsageApart: usage) : OllamaChatDocument(identity)
            }
        }
        let body = try await access.prepared(
            try chat.openAI(variables, isStreamed: isStreamed), for: model, .openAIChat, by: principal, client: client)
        var call = try await openAI("/chat/completions", model, request, principal, services)
        if call.asker.chatID.isEmpty { call.asker.chatID = chat.members["chat_id"]?.text ?? "" }
        if call.asker.messageID.isEmpty { call.asker.messageID = chat.members["id"]?.text ?? "" }
        return Prepared(call: call, body: body)
    }

    // MARK: Embeddings

    private static func embeddings(
        _ request: HTTPRequest, _ principal: Principal, _ services: OpenAIServices
    ) async throws -> Prepared {
        let embeddings = try EmbeddingsRequest(request.body)
        let isBase64 = try embeddings.isBase64()
        let model = try await services.access.resolve(embeddings.model, for: principal)
        guard case .openAI = model.owner else {
            let body = try await services.access.prepared(
                try embeddings.ollama(), for: model, .ollamaOther, by: principal)
            var call = ollama("/api/embed", model, request.headers)
            call.priority = OllamaPriority.embedding
            let name = embeddings.model
            return Prepared(call: call, body: body) { OllamaEmbeddings(model: name, isBase64: isBase64) }
        }
        let body = try await services.access.prepared(
            embeddings.openAI(), for: model, .openAIOther, by: principal)
        return Prepared(
            call: try await openAI("/embeddings", model, request, principal, services), body: body)
    }

    // MARK: Pieces

    private static func ollama(_ path: String, _ model: ResolvedModel, _ headers: HTTPHeaders) -> OllamaExchange {
        var call = OllamaExchange()
        call.verb = "POST"
        call.path = path
        call.model = model.upstreamID
        call.priority = OllamaPriority.interactive
        call.headers = [OllamaServices.wireHeader("content-type", "application/json")]
        if let chunks = headers.first(name: "x-chunks") {
            call.headers.append(OllamaServices.wireHeader("x-chunks", chunks))
        }
        return call
    }

    private static func openAI(
        _ path: String, _ model: ResolvedModel, _ request: HTTPRequest, _ principal: Principal,
        _ services: OpenAIServices
    ) async throws -> OpenAIExchange {
        var call = OpenAIExchange()
        call.verb = "POST"
        call.path = path
        call.model = model.upstreamID
        call.headers = OpenAIServices.forwarded(request.headers)
        call.asker = try await services.asker(request, principal)
        return call
    }
}
