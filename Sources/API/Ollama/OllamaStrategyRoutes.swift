import Contracts
import DaemonKit
import HTTPFront
import Identity
import Link
import NIOCore

/// API.md, "System", lb-strategy: how a server is chosen. Saved as a setting, so that it holds in every process at once
/// and after a restart.
struct OllamaStrategyRoutes: Sendable {
    let services: OllamaServices

    private static let key = "OLLAMA_LB_STRATEGY"

    private static var choices: [String] {
        guard case .choice(let choices)? = SettingDefinition.named(key)?.kind else { return [] }
        return choices.sorted()
    }

    var routes: [APIRoute] {
        let services = services
        return [
            .ollama(.GET, "/api/v1/system/lb-strategy", .admin) { request in
                let reply = try await services.call(Methods.strategy, OllamaStrategyRequest(), request)
                let document = JSONValue.object([
                    "strategy": .string(reply.strategy), "available": .array(Self.choices.map { .string($0) }),
                    "source": .string(reply.source == "database" ? "database" : "env"),
                ])
                return HTTPResponse(json: ByteBuffer(string: document.encoded))
            },
            .ollama(.POST, "/api/v1/system/lb-strategy", .admin) { request in
                let strategy = try Self.posted(request.body)
                return try await answer { () async throws(APIError) in
                    try await services.editor.save([Self.key: .string(strategy)])
                    await services.set(strategy, request)
                    return JSONValue.object(["strategy": .string(strategy), "saved": .bool(true)]).encoded
                }
            },
        ]
    }

    private static func posted(_ body: ByteBuffer) throws(HTTPError) -> String {
        var form = try Validation(body)
        let strategy = form.text("strategy")
        if form.document["strategy"]?.text != nil, !choices.contains(strategy) {
            let names = choices.map { "'\($0)'" }.joined(separator: ", ")
            form.problem("strategy", type: "literal_error", "Input should be one of \(names)")
        }
        try form.check()
        return strategy
    }
}

extension OllamaServices {
    /// Holds at once even where the environment goes before what is saved (ENABLE_PERSISTENT_CONFIG=false).
    fileprivate func set(_ strategy: String, _ request: HTTPRequest) async {
        var message = OllamaStrategyRequest()
        message.strategy = strategy
        do throws(LinkError) {
            _ = try await call(Methods.strategy, message, request)
        } catch {
            logger.warning("the strategy is saved but not set", metadata: ["error": "\(error)"])
        }
    }
}
