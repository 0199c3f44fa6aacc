import Contracts
import HTTPFront
import Identity
import Link
import Logging
import NIOCore
import NIOHTTP1

/// What the routes of OpenAI share.
struct OpenAIServices: Sendable {
    let links: ProxyLinks
    let models: OpenAIModels
    let access: ModelAccess
    let users: UserService
    let editor: SettingsEditor
    let askers: OpenAIAskers
    let bodyLimit: Int
    let logger: Logger

    var board: SettingsBoard { editor.board }

    static let disabled = HTTPError(.serviceUnavailable, "OpenAI API is disabled")

    func requireEnabled() throws(HTTPError) {
        guard board.settings.flag("ENABLE_OPENAI_API") else { throw Self.disabled }
    }

    static func header(_ request: HTTPRequest) -> CallHeader {
        let principal = request.context as? Principal
        return CallHeader(
            requestID: request.requestID, userID: principal?.userID ?? "", role: principal?.role.rawValue ?? "")
    }

    /// Whom a server may be told about.
    func asker(_ request: HTTPRequest, _ principal: Principal) async throws -> OpenAIAsker {
        var asker = try await askers.asker(request, principal)
        asker.chatID = request.headers.first(name: "x-openwebui-chat-id") ?? ""
        asker.messageID = request.headers.first(name: "x-openwebui-message-id") ?? ""
        return asker
    }

    /// What a server may see of the client's headers: nothing that says who it is.
    static func forwarded(_ headers: HTTPHeaders) -> [WireHeader] {
        var forwarded = ["content-type", "accept", "openai-beta", "x-chunks"].compactMap { name in
            headers.first(name: name).map { OllamaServices.wireHeader(name, $0) }
        }
        if !headers.contains(name: "content-type") {
            forwarded.append(OllamaServices.wireHeader("content-type", "application/json"))
        }
        return forwarded
    }

    /// Passes a call on and its answer back, on the client's event loop.
    func relay(
        _ message: some UpstreamCall, _ request: HTTPRequest, _ exchange: any HTTPExchange, body: ByteBuffer
    ) {
        guard let link = links.link(on: exchange.eventLoop) else { return exchange.fail() }
        UpstreamRelay(
            exchange: exchange, link: link, request: message, body: body, call: Self.header(request), logger: logger
        ).begin()
    }

    /// The same after what must be decided first.
    func relay<Message: UpstreamCall>(
        _ request: HTTPRequest, _ exchange: any HTTPExchange,
        deciding decide: @escaping @Sendable () async throws -> (Message, ByteBuffer)
    ) {
        RelayDecision.wait(
            exchange, logger, refusal: OpenAIError.response(to:), for: decide,
            then: { message, body in relay(message, request, exchange, body: body) })
    }
}

extension HTTPRoute where Metadata == Access {
    /// As `async`; refusals have the form of `OpenAIError`.
    static func openAI(
        _ method: HTTPMethod, _ pattern: String, _ access: Access,
        _ body: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> APIRoute {
        .async(method, pattern, access) { request in
            do {
                return try await body(request)
            } catch {
                guard let response = OpenAIError.response(to: error) else { throw error }
                return response
            }
        }
    }
}
