import Contracts
import HTTPFront
import Identity
import Logging
import NIOCore
import NIOHTTP1

/// `POST /api/chat/completions` and `POST /api/embeddings` in OpenAI's form, for every model that the caller may use:
/// those of Ollama are converted both ways, those of servers with OpenAI's API pass.
struct CompletionRoutes: Sendable {
    let links: ProxyLinks
    let access: ModelAccess
    let bodyLimit: Int
    let logger: Logger

    var routes: [APIRoute] {
        ["/api/chat/completions", "/api/v1/chat/completions"].map { route($0, chat) }
            + ["/api/embeddings", "/api/v1/embeddings"].map { route($0, embeddings) }
    }

    /// An upstream's call that is ready to be made.
    private struct Prepared: Sendable {
        var call: any UpstreamCall & Sendable
        var body: ByteBuffer
        /// Made on the event loop.
        var transformer: (@Sendable () -> any RelayTransformer)?
    }

    private typealias Preparation = @Sendable (HTTPRequest, Principal) async throws(CompletionError) -> Prepared

    private func route(_ pattern: String, _ prepare: @escaping Preparation) -> APIRoute {
        let (links, logger) = (links, logger)
        return .relay(.POST, pattern, .verified, bodyLimit: bodyLimit) { request, exchange in
            guard let principal = request.context as? Principal, let link = links.link(on: exchange.eventLoop) else {
                return exchange.fail()
            }
            guard request.body.readableBytes > 0 else {
                let missing = Validation.Problem(
                    type: "missing", location: [.name("body")], message: "Field required", input: .null)
                return exchange.respond(Validation.error([missing]).response)
            }
            let header = CallHeader(
                requestID: request.requestID, userID: principal.userID, role: principal.role.rawValue)
            PendingExchange.start(exchange) { () async throws(CompletionError) in
                try await prepare(request, principal)
            } then: { prepared in
                Self.begin(prepared, exchange, link, header, logger)
            }
        }
    }

    private static func begin(
        _ prepared: Prepared, _ exchange: any HTTPExchange, _ link: ProxyLink, _ header: CallHeader, _ logger: Logger
    ) {
        func relay(_ call: some UpstreamCall) {
            UpstreamRelay(
                exchange: exchange, link: link, request: call, body: prepared.body, call: header,
                transformer: prepared.transformer?(), logger: logger
            ).begin()
        }
        relay(prepared.call)
    }

    // MARK: Chat

    private var chat: Preparation {
        let access = access
        return { request, principal async throws(CompletionError) in
            let chat = try ChatRequest(request.body)
            let model = try await Self.resolve(chat.model, access, principal)
            var variables: PromptVariables?
            if chat.hasTemplates {
                variables = try await Self.run { () async throws(HTTPError) in
                    try await access.variables(for: principal, in: "{{USER_LOCATION}}")
                }
                variables?.add(client: chat.members["variables"]?.value)
            }
            let isStreamed = chat.isStreamed(model)
            switch model.owner {
            case .ollama:
                let body = try chat.ollama(variables, isStreamed: isStreamed)
                let prepared = try await Self.prepared(body, model, .ollamaChat, access, principal, chat.members)
                let (name, usage) = (chat.model, chat.wantsUsage)
                return Prepared(call: Self.ollama("/api/chat", model, request.headers), body: prepared) {
                    let identity = OllamaChatStream.Identity(created: IdentityClock.system.now(), model: name)
                    return isStreamed
                        ? OllamaChatStream(identity, sendsUsageApart: usage) : OllamaChatDocument(identity)
                }
            case .openAI(let connection):
                let body = try chat.openAI(variables, isStreamed: isStreamed)
                let prepared = try await Self.prepared(body, model, .openAIChat, access, principal, chat.members)
                return Prepared(
                    call: Self.openAI("/chat/completions", model, connection, principal, chat.members), body: prepared)
            }
        }
    }

    // MARK: Embeddings

    private var embeddings: Preparation {
        let access = access
        return { request, principal async throws(CompletionError) in
            let embeddings = try EmbeddingsRequest(request.body)
            let isBase64 = try embeddings.isBase64()
            let model = try await Self.resolve(embeddings.model, access, principal)
            switch model.owner {
            case .ollama:
                let body = try embeddings.ollama()
                let prepared = try await Self.prepared(body, model, .ollamaOther, access, principal, nil)
                var call = Self.ollama("/api/embed", model, request.headers)
                call.priority = OllamaPriority.embedding
                let name = embeddings.model
                return Prepared(call: call, body: prepared) { OllamaEmbeddings(model: name, isBase64: isBase64) }
            case .openAI(let connection):
                let prepared = try await Self.prepared(
                    embeddings.openAI(), model, .openAIOther, access, principal, nil)
                return Prepared(
                    call: Self.openAI("/embeddings", model, connection, principal, embeddings.members), body: prepared)
            }
        }
    }

    // MARK: Pieces

    private static func resolve(
        _ model: String, _ access: ModelAccess, _ principal: Principal
    ) async throws(CompletionError) -> ResolvedModel {
        try await run { () async throws(HTTPError) in try await access.resolve(model, for: principal) }
    }

    private static func prepared(
        _ body: ByteBuffer, _ model: ResolvedModel, _ form: ModelRequest.Form, _ access: ModelAccess,
        _ principal: Principal, _ members: JSONSlices?
    ) async throws(CompletionError) -> ByteBuffer {
        try await run { () async throws(HTTPError) in
            try await access.prepared(
                body, for: model, form, by: principal, client: model.system == nil ? nil : members?["variables"]?.value)
        }
    }

    private static func run<Value>(
        _ body: () async throws(HTTPError) -> Value
    ) async throws(CompletionError) -> Value {
        do {
            return try await body()
        } catch {
            throw CompletionError(error)
        }
    }

    private static func ollama(_ path: String, _ model: ResolvedModel, _ headers: HTTPHeaders) -> OllamaExchange {
        var call = OllamaExchange()
        call.verb = "POST"
        call.path = path
        call.model = model.upstreamID
        call.priority = OllamaPriority.interactive
        call.headers = [wireHeader("content-type", "application/json")]
        if let chunks = headers.first(name: "x-chunks") { call.headers.append(wireHeader("x-chunks", chunks)) }
        return call
    }

    private static func openAI(
        _ path: String, _ model: ResolvedModel, _ connection: Int, _ principal: Principal, _ members: JSONSlices
    ) -> OpenAIExchange {
        var call = OpenAIExchange()
        call.verb = "POST"
        call.path = path
        call.model = model.upstreamID
        call.connectionIndex = UInt32(clamping: connection)
        call.headers = [wireHeader("content-type", "application/json")]
        call.asker.id = principal.userID
        call.asker.name = principal.name
        call.asker.email = principal.email
        call.asker.role = principal.role.rawValue
        call.asker.chatID = members["chat_id"]?.text ?? ""
        call.asker.messageID = members["id"]?.text ?? ""
        return call
    }

    private static func wireHeader(_ name: String, _ value: String) -> WireHeader {
        var header = WireHeader()
        header.name = name
        header.value = value
        return header
    }
}
