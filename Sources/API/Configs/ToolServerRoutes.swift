import Contracts
import DaemonKit
import HTTPFront
import Identity
import Logging
import NIOCore
import NIOHTTP1

/// Servers of tools: which ones there are, whether one answers, and this server as a client of what protects one.
struct ToolServerRoutes: Sendable {
    let editor: SettingsEditor
    let oauth: OAuthService
    let logger: Logger

    private static let form = SettingsForm(keys: ["TOOL_SERVER_CONNECTIONS"])
    private static let required = ["url", "path", "auth_type", "key", "config"]

    var routes: [APIRoute] {
        let editor = editor
        return [
            .json(.GET, "/api/v1/configs/tool_servers", .admin) { _ in
                Self.form.json(editor.board.settings).encoded
            },
            .async(.POST, "/api/v1/configs/tool_servers", .admin) { request in
                var body = try Validation(request.body)
                let servers = body.objects("TOOL_SERVER_CONNECTIONS", requiring: Self.required)
                try body.check()
                // As Open WebUI keeps them.
                let defaults = JSONValue.object(["type": .string("openapi"), "headers": .null])
                let complete = servers.map(defaults.merging)
                return try await answer { () async throws(APIError) in
                    try await editor.save(["TOOL_SERVER_CONNECTIONS": .array(complete)])
                    return Self.form.json(editor.board.settings).encoded
                }
            },
            ToolServerCheck(oauth: oauth, logger: logger).route,
            .async(.POST, "/api/v1/configs/oauth/clients/register", .admin) { try await register($0) },
        ]
    }

    /// The answer's `oauth_client_info` is what the frontend saves with the tool server.
    private func register(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        var form = try Validation(request.body)
        let (url, id) = (form.text("url"), form.text("client_id"))
        _ = form.optionalText("client_name")
        try form.check()
        guard (1...255).contains(id.utf8.count) else { throw Self.failure }
        let client = request.query["type"].map { "\($0):\(id)" } ?? id
        do throws(OAuthError) {
            let information = try await oauth.registerClient(
                client, at: url, name: editor.board.settings.text("WEBUI_NAME"),
                base: RequestOrigin.text(request, editor.board.front))
            let answer = JSONValue.object(["status": .bool(true), "oauth_client_info": .string(information)])
            return HTTPResponse(json: ByteBuffer(string: answer.encoded))
        } catch {
            logger.warning("a client of a tool server was not registered", metadata: ["why": "\(error.cause)"])
            throw Self.failure
        }
    }

    private static let failure = HTTPError(.badRequest, "Failed to register OAuth client")
}
