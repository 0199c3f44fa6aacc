import Contracts
import Egress
import HTTPFront
import Identity
import NIOCore
import NIOHTTP1
import Reactor

/// `POST /api/v1/configs/tool_servers/verify`: fetches a tool server's OpenAPI document, as the frontend does before a
/// server is saved. An administrator names the address, so private ones may be asked.
struct ToolServerCheck: Sendable {
    private static let limit = 4 << 20
    private static let failure = HTTPError(.badRequest, "Failed to connect to the tool server")

    @ReactorActor private static let client = HTTPClient()

    var route: APIRoute {
        .async(.POST, "/api/v1/configs/tool_servers/verify", .admin) { request in
            var form = try Validation(request.body)
            let (url, path) = (form.text("url"), form.text("path"))
            let (key, scheme) = (form.optionalText("key"), form.optionalText("auth_type"))
            let type = form.optionalText("type") ?? "openapi"
            try form.check()
            guard type == "openapi" else {
                throw HTTPError(.badRequest, "Only tool servers of the type openapi can be checked.")
            }
            return HTTPResponse(
                json: try await Self.fetch(Self.address(url, path), bearer: scheme == "bearer" ? key : nil))
        }
    }

    /// A path that is an address itself goes before `url`.
    private static func address(_ url: String, _ path: String) -> String {
        if path.hasPrefix("http://") || path.hasPrefix("https://") { return path }
        return url + (url.hasSuffix("/") || path.hasPrefix("/") ? "" : "/") + path
    }

    @ReactorActor
    private static func fetch(_ url: String, bearer: String?) async throws(HTTPError) -> ByteBuffer {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else { throw failure }
        var headers = [("Accept", "application/json")]
        if let bearer, !bearer.isEmpty {
            guard bearer.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw failure }
            headers.append(("Authorization", "Bearer \(bearer)"))
        }
        let request = Request(
            url: url, headers: headers,
            timeouts: .init(connect: .seconds(5), firstByte: .seconds(10), idle: .seconds(10), total: .seconds(20)))
        guard let (head, body) = try? await client.collect(request, limit: limit), head.status == 200,
            let json = try? JSONValue(json: body.readableBytesView), json.isObject
        else { throw failure }
        return body
    }
}
