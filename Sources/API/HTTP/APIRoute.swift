import HTTPFront
import Identity
import NIOCore
import NIOHTTP1

/// A route and who may call it; the gate reads `access` before anything of the body is read.
typealias APIRoute = HTTPRoute<Access>

extension HTTPRoute where Metadata == Access {
    static let defaultBodyLimit = 1 << 20
    /// Of forms that anybody may send.
    static let strangersBodyLimit = 64 << 10

    static func async(
        _ method: HTTPMethod, _ pattern: String, _ access: Access, bodyLimit: Int = defaultBodyLimit,
        _ body: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> APIRoute {
        APIRoute(HTTPRouteInfo(method, pattern, bodyLimit: bodyLimit, metadata: access), .async(body))
    }

    /// The same on the connection's event loop: for handlers that do little but wait for the database.
    static func waiting(
        _ method: HTTPMethod, _ pattern: String, _ access: Access, bodyLimit: Int = defaultBodyLimit,
        _ body: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
    ) -> APIRoute {
        APIRoute(HTTPRouteInfo(method, pattern, bodyLimit: bodyLimit, metadata: access), .waiting(body))
    }

    /// A short document that is made without waiting for anything.
    static func json(
        _ method: HTTPMethod, _ pattern: String, _ access: Access,
        _ body: @escaping @Sendable (HTTPRequest) -> String
    ) -> APIRoute {
        relay(method, pattern, access, bodyLimit: defaultBodyLimit) { request, exchange in
            exchange.respond(HTTPResponse(json: ByteBuffer(string: body(request))))
        }
    }

    /// For bodies that are read as they come.
    static func streaming(
        _ method: HTTPMethod, _ pattern: String, _ access: Access, bodyLimit: Int,
        _ body: @escaping @Sendable (HTTPRequest, HTTPRequestBody) async throws -> HTTPResponse
    ) -> APIRoute {
        APIRoute(HTTPRouteInfo(method, pattern, bodyLimit: bodyLimit, metadata: access), .streaming(body))
    }

    static func relay(
        _ method: HTTPMethod, _ pattern: String, _ access: Access, bodyLimit: Int,
        _ body: @escaping @Sendable (HTTPRequest, any HTTPExchange) -> Void
    ) -> APIRoute {
        APIRoute(HTTPRouteInfo(method, pattern, bodyLimit: bodyLimit, metadata: access), .relay(body))
    }
}
