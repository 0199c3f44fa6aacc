import Contracts
import DaemonKit
import FoundationEssentials
import HTTPFront
import Identity
import Link
import NIOCore
import NIOHTTP1
import Reactor
import Storage

/// API.md, "System": figures of the host and of the Ollama servers, the strategy, the snapshots. For administrators.
struct SystemRoutes: Sendable {
    let editor: SettingsEditor
    let database: Database
    let metrics: SystemMetrics

    private static let key = "OLLAMA_LB_STRATEGY"
    private static let strategies = ["fastest", "least_connections", "round_robin"]

    var routes: [APIRoute] {
        let (editor, database, metrics) = (editor, database, metrics)
        return [
            .async(.GET, "/api/v1/system/metrics", .admin) { _ in
                HTTPResponse(json: ByteBuffer(string: await metrics.document().encoded))
            },
            .json(.GET, "/api/v1/system/lb-strategy", .admin) { _ in Self.strategy(editor.board.settings).encoded },
            .async(.POST, "/api/v1/system/lb-strategy", .admin) { request in
                var form = try Validation(request.body)
                let strategy = form.text("strategy")
                if !Self.strategies.contains(strategy) {
                    form.problem(
                        "strategy", type: "literal_error",
                        "Input should be \(Self.strategies.map { "'\($0)'" }.joined(separator: ", "))")
                }
                try form.check()
                return try await answer { () async throws(APIError) in
                    try await editor.save([Self.key: .string(strategy)])
                    return JSONValue.object(["strategy": .string(strategy), "saved": .bool(true)]).encoded
                }
            },
            .async(.GET, "/api/v1/system/snapshots", .admin) { request in
                let query = try SnapshotQuery(request.query)
                do {
                    let found = try await database.read { try query.run(in: $0) }
                    return HTTPResponse(json: ByteBuffer(string: SnapshotQuery.document(found).encoded))
                } catch {
                    throw APIError.databaseUnavailable.httpError
                }
            },
        ]
    }

    /// `{strategy, available, source}`; what comes from a file or the command line counts as "env".
    private static func strategy(_ settings: Settings) -> JSONValue {
        let isSaved = settings.values[key]?.source == "database"
        return .object([
            "strategy": .string(settings.text(key)), "available": .array(strategies.map(JSONValue.string)),
            "source": .string(isSaved ? "database" : "env"),
        ])
    }
}
