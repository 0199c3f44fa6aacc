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

/// API.md, "System": figures of the host and of the Ollama servers, and their snapshots. For administrators;
/// the strategy is in `OllamaStrategyRoutes`.
struct SystemRoutes: Sendable {
    let database: Database
    let metrics: SystemMetrics

    var routes: [APIRoute] {
        let (database, metrics) = (database, metrics)
        return [
            .async(.GET, "/api/v1/system/metrics", .admin) { _ in
                HTTPResponse(json: ByteBuffer(string: await metrics.document().encoded))
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
}
