import Contracts
import Egress
import HTTPFront
import Identity
import Logging
import NIOCore
import NIOHTTP1
import Reactor

/// `POST /api/v1/configs/tool_servers/verify`, which the frontend calls before a server is saved: fetches its OpenAPI
/// document, or, of an MCP server that is signed in to over OAuth, that of its authorization server. An administrator names
/// the address, so private ones may be asked.
struct ToolServerCheck: Sendable {
    let oauth: OAuthService
    let logger: Logger

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
            if type == "mcp", scheme == "oauth_2.1" { return try await authorizationServer(of: url) }
            guard type == "openapi" else {
                throw HTTPError(
                    .badRequest, "Only tool servers of the type openapi, and mcp with OAuth 2.1, can be checked.")
            }
            let bearer = scheme == "bearer" ? key : scheme == "session" ? Admission.token(request.headers) : nil
            let headers = Self.headers(form.document["headers"])
            return HTTPResponse(json: try await Self.fetch(Self.address(url, path), bearer: bearer, headers: headers))
        }
    }

    private func authorizationServer(of url: String) async throws(HTTPError) -> HTTPResponse {
        do throws(OAuthError) {
            let document = try await oauth.serverMetadata(of: url)
            let answer = JSONValue.object(["status": .bool(true), "oauth_server_metadata": document])
            return HTTPResponse(json: ByteBuffer(string: answer.encoded))
        } catch {
            logger.warning("a tool server's authorization server was not found", metadata: ["why": "\(error.cause)"])
            throw HTTPError(.badRequest, "Failed to fetch OAuth 2.1 discovery document")
        }
    }

    /// Those of the form, which may also be given as the text of a JSON object.
    private static func headers(_ given: JSONValue?) -> [(String, String)] {
        let parsed = given?.text.flatMap { try? JSONValue(json: $0.utf8) } ?? given
        guard case .object(let members)? = parsed else { return [] }
        return members.compactMap { name, value in value.text.map { (name, $0) } }
    }

    /// A path that is an address itself goes before `url`.
    private static func address(_ url: String, _ path: String) -> String {
        if path.hasPrefix("http://") || path.hasPrefix("https://") { return path }
        return url + (url.hasSuffix("/") || path.hasPrefix("/") ? "" : "/") + path
    }

    @ReactorActor
    private static func fetch(
        _ url: String, bearer: String?, headers given: [(String, String)]
    ) async throws(HTTPError) -> ByteBuffer {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else { throw failure }
        var headers = [("Accept", "application/json")]
        if let bearer, !bearer.isEmpty {
            guard bearer.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw failure }
            headers.append(("Authorization", "Bearer \(bearer)"))
        }
        // One of the form replaces its like.
        headers.removeAll { header in given.contains { $0.0.lowercased() == header.0.lowercased() } }
        headers += given
        let request = Request(
            url: url, headers: headers,
            timeouts: .init(connect: .seconds(5), firstByte: .seconds(10), idle: .seconds(10), total: .seconds(20)))
        guard let (head, body) = try? await client.collect(request, limit: limit), head.status == 200,
            let json = try? JSONValue(json: body.readableBytesView), json.isObject
        else { throw failure }
        return body
    }
}
