import Contracts
import HTTPFront
import Identity
import Link
import Logging
import NIOCore
import NIOHTTP1
import Reactor

/// API.md, "Ollama": what is relayed to ollama-lb-proxy as it is, and what that daemon merges over all backends.
struct OllamaRoutes: Sendable {
    let links: ProxyLinks
    let client: LinkClient
    let bodyLimit: Int
    let logger: Logger

    var routes: [APIRoute] {
        [
            .json(.GET, "/ollama/", .admin) { _ in #"{"status":true}"# },
            document("/ollama/api/tags", Methods.tags), document("/ollama/api/tags/{url_idx}", Methods.tags),
            document("/ollama/api/ps", Methods.loadedModels),
            document("/ollama/api/ps/{url_idx}", Methods.loadedModels),
            document("/ollama/api/version", Methods.ollamaVersion),
            document("/ollama/api/version/{url_idx}", Methods.ollamaVersion),
        ]
            + ["chat", "generate"].flatMap { name in
                [
                    relay("/ollama/api/\(name)", to: "/api/\(name)"),
                    relay("/ollama/api/\(name)/{url_idx}", to: "/api/\(name)"),
                ]
            }
    }

    // MARK: Merged documents

    private func document(_ pattern: String, _ method: Method<OllamaListRequest, OllamaJsonReply>) -> APIRoute {
        let client = client
        return .async(.GET, pattern, .verified) { request in
            var list = OllamaListRequest()
            if let index = try Self.index(request) { list.backendIndex = index }
            do throws(LinkError) {
                let reply = try await client.call(method, list, timeout: .seconds(30), requestID: request.requestID)
                return HTTPResponse(json: ByteBuffer(bytes: reply.json))
            } catch {
                throw Self.httpError(error)
            }
        }
    }

    /// The pinned backend; validation as FastAPI tells it.
    private static func index(_ request: HTTPRequest) throws(HTTPError) -> UInt32? {
        guard let text = request.parameters["url_idx"] else { return nil }
        guard let index = UInt32(text) else {
            throw Validation.error([
                .init(
                    type: "int_parsing", location: [.name("path"), .name("url_idx")],
                    message: "Input should be a valid integer, unable to parse string as an integer",
                    input: .string(text))
            ])
        }
        return index
    }

    private static func httpError(_ error: LinkError) -> HTTPError {
        switch error.code {
        case .notFound: HTTPError(.notFound, error.text)
        case .unavailable, .draining: HTTPError(.serviceUnavailable, error.text)
        case .deadlineExceeded: HTTPError(.gatewayTimeout, error.text)
        default: HTTPError(.badGateway, error.text)
        }
    }

    // MARK: Relays

    private func relay(_ pattern: String, to path: String) -> APIRoute {
        let links = links
        let logger = logger
        return .relay(.POST, pattern, .verified, bodyLimit: bodyLimit) { request, exchange in
            do throws(HTTPError) {
                var message = OllamaExchange()
                message.verb = "POST"
                message.path = path
                message.model = try Self.model(request.body)
                if let index = try Self.index(request) { message.backendIndex = index }
                message.headers = Self.forwarded(request.headers)
                guard let link = links.link(on: exchange.eventLoop) else { return exchange.fail() }
                let principal = request.context as? Principal
                let call = CallHeader(
                    requestID: request.requestID, userID: principal?.userID ?? "", role: principal?.role.rawValue ?? "")
                UpstreamRelay(
                    exchange: exchange, link: link, request: message, body: request.body, call: call, logger: logger
                ).begin()
            } catch {
                exchange.respond(error.response)
            }
        }
    }

    /// The one key that routing needs; the rest of the document is the backend's business.
    private static func model(_ body: ByteBuffer) throws(HTTPError) -> String {
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

    /// What a backend may see of the client's headers: nothing that says who it is.
    private static func forwarded(_ headers: HTTPHeaders) -> [WireHeader] {
        ["content-type", "accept", "x-chunks"].compactMap { name in
            guard let value = headers.first(name: name) else { return nil }
            var header = WireHeader()
            header.name = name
            header.value = value
            return header
        }
    }
}
