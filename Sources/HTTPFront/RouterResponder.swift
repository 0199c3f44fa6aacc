import NIOHTTP1

/// Whether a request may go on to its route. Decided before its body is read.
public enum HTTPAdmission: Sendable {
    case admitted
    case refused(HTTPResponse)
    /// Needs to wait (a database, say): asked in a task. It may set `context` of the request.
    case later(@Sendable (inout HTTPRequest) async -> HTTPAdmission)
}

/// A responder over a table of routes with one gate in front of all of them.
public struct RouterResponder<Metadata: Sendable>: HTTPResponder {
    public typealias Admit = @Sendable (inout HTTPRequest, HTTPRouteInfo<Metadata>) -> HTTPAdmission

    private let router: Router<HTTPRoute<Metadata>>
    private let admit: Admit

    /// `admit` runs on the event loop and sees the path parameters; the body is not there yet.
    public init(
        _ routes: [HTTPRoute<Metadata>], admit: @escaping Admit = { _, _ in .admitted }
    ) throws(RouterError) {
        router = try Router(routes.map { (method: $0.info.method, pattern: $0.info.pattern, value: $0) })
        self.admit = admit
    }

    /// A path is served with and without a slash at its end, without a redirect; the exact one wins.
    private func lookup(_ method: HTTPMethod, _ path: Substring) -> Router<HTTPRoute<Metadata>>.Lookup {
        let exact = router.lookup(method, path)
        switch exact {
        case .found, .malformed: return exact
        case .notFound, .methodNotAllowed: break
        }
        let other = path.hasSuffix("/") ? path.dropLast() : path + "/"
        switch (exact, router.lookup(method, other)) {
        case (_, .found(let route, let parameters)): return .found(route, parameters)
        case (.notFound, .methodNotAllowed(let allow)): return .methodNotAllowed(allow: allow)
        default: return exact
        }
    }

    public func begin(_ request: inout HTTPRequest) -> HTTPDecision {
        switch lookup(request.method, request.rawPath) {
        case .found(let route, let parameters):
            request.parameters = parameters
            request.route = route.info.pattern
            return Self.decide(admit(&request, route.info), route)
        case .notFound:
            return .refuse(HTTPError(.notFound, "Not Found").response)
        case .methodNotAllowed(let allow):
            return .refuse(HTTPError(.methodNotAllowed, "Method Not Allowed", headers: ["allow": allow]).response)
        case .malformed:
            return .refuse(HTTPError(.badRequest, "Invalid path").response)
        }
    }

    private static func decide(_ admission: HTTPAdmission, _ route: HTTPRoute<Metadata>) -> HTTPDecision {
        switch admission {
        case .admitted: .respond(bodyLimit: route.info.bodyLimit, route.handler)
        case .refused(let response): .refuse(response)
        case .later(let ask): .later { request in decide(await ask(&request), route) }
        }
    }
}
