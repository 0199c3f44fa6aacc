import Contracts
import HTTPFront
import Identity
import Logging
import NIOCore
import NIOHTTP1

/// API.md, "SCIM": everything below `/api/v1/scim/v2` is relayed to the daemon scim, which has the resources. Who may
/// is decided here; what the server says of itself is public.
struct SCIMRoutes: Sendable {
    static let base = "/api/v1/scim/v2"
    /// Larger bodies are answered in HTTP's own form; the daemon refuses those that are larger than its limits.
    static let bodyLimit = 8 << 20

    let links: ProxyLinks
    let board: SettingsBoard
    let authenticator: Authenticator
    /// The state of scim as the supervisor knows it; nil: it does not say.
    let daemonState: @Sendable () async -> String?
    let logger: Logger

    var routes: [APIRoute] {
        let discovery = ["ServiceProviderConfig", "ResourceTypes", "ResourceTypes/{id}", "Schemas", "Schemas/{id}"]
        let verbs: [HTTPMethod] = [.GET, .POST, .PUT, .PATCH, .DELETE]
        return discovery.map { route(.GET, "\(Self.base)/\($0)", .anyone) }
            + verbs.flatMap { verb in
                [
                    route(verb, Self.base, .provisioning), route(verb, "\(Self.base)/{path:path}", .provisioning),
                ]
            }
    }

    private func route(_ method: HTTPMethod, _ pattern: String, _ access: Access) -> APIRoute {
        .relay(method, pattern, access, bodyLimit: Self.bodyLimit) { request, exchange in
            guard board.settings.flag("ENABLE_SCIM") else { return exchange.respond(SCIMAnswer.off) }
            guard let link = links.link(on: exchange.eventLoop) else { return exchange.fail() }
            SCIMRelay(
                exchange: exchange, link: link, request: message(request), body: request.body,
                requestID: request.requestID, routes: self
            ).begin()
        }
    }

    private func message(_ request: HTTPRequest) -> ScimExchange {
        var message = ScimExchange()
        message.verb = request.method == .HEAD ? HTTPMethod.GET.rawValue : request.method.rawValue
        let rest = request.target.dropFirst(Self.base.utf8.count)
        message.path = (rest.hasPrefix("/") ? "" : "/") + rest
        message.baseURL = address(request) + Self.base
        message.source = board.front.source(request)
        message.caller =
            switch request.context {
            case let client as ProvisioningClient: "token \(client.name)"
            case let principal as Principal: principal.email
            default: ""
            }
        for name in ["content-type", "if-match", "if-none-match"] {
            for value in request.headers[name] {
                var header = WireHeader()
                header.name = name
                header.value = value
                message.headers.append(header)
            }
        }
        return message
    }

    /// As clients know this server: WEBUI_URL, else what the request says.
    private func address(_ request: HTTPRequest) -> String {
        var url = board.settings.text("WEBUI_URL")
        while url.hasSuffix("/") { url.removeLast() }
        return url.isEmpty ? RequestOrigin.text(request, board.front) ?? "" : url
    }
}
