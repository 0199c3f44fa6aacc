import Contracts
import HTTPFront
import Identity
import Link
import NIOCore
import NIOHTTP1
import Reactor
import Storage

/// `/health` and `/livez`: this process answers. `/health/db`, `/readyz`: what it needs answers too. `/metrics`:
/// every daemon's figures. `/api/version`.
struct HealthRoutes: Sendable {
    let database: Database
    let proxy: LinkClient
    let supervisor: LinkConnection
    let version: String
    /// The daemon's own figures of this moment; those of the others come from the supervisor.
    let figures: @Sendable () -> [ControlFigure]

    var routes: [APIRoute] {
        [
            .json(.GET, "/health", .anyone) { _ in #"{"status":true}"# },
            .json(.GET, "/livez", .anyone) { _ in #"{"status":true}"# },
            .json(.GET, "/api/version", .anyone) { [version] _ in
                "{\"version\":\(JSONText.quoted(version)),\"deployment_id\":\"\"}"
            },
            .async(.GET, "/health/db", .anyone) { _ in
                await Self.response(["database": databaseAnswers()])
            },
            .async(.GET, "/readyz", .anyone) { _ in
                async let database = databaseAnswers()
                async let proxy = proxyAnswers()
                return await Self.response(["database": database, "ollama-lb-proxy": proxy])
            },
            .async(.GET, "/metrics", .anyone) { request in
                guard Self.isNear(request) else { throw APIError.notAuthenticated.httpError }
                return try await metrics()
            },
            .async(.GET, "/api/v1/metrics", .admin) { _ in try await metrics() },
        ]
    }

    private func databaseAnswers() async -> Bool {
        (try? await database.read { session in try session.first("SELECT 1", [], { try $0.integer(0) }) == 1 }) ?? false
    }

    private func proxyAnswers() async -> Bool {
        (try? await proxy.call(Methods.ping, ControlPing(), timeout: .seconds(2))) != nil
    }

    private static func response(_ checks: [String: Bool]) -> HTTPResponse {
        let isGood = checks.values.allSatisfy { $0 }
        let parts = checks.sorted { $0.key < $1.key }.map { "\(JSONText.quoted($0.key)):\($0.value)" }
        let text = "{\"status\":\(isGood),\"checks\":{\(parts.joined(separator: ","))}}"
        return HTTPResponse(status: isGood ? .ok : .serviceUnavailable, json: ByteBuffer(string: text))
    }

    /// Over api.sock, or from this host directly: a request that a proxy passed on says so, and is not near.
    static func isNear(_ request: HTTPRequest) -> Bool {
        if request.isLocalSocket { return true }
        let forwarded = ["x-forwarded-for", "forwarded", "x-real-ip", "via"]
        guard !forwarded.contains(where: { request.headers.contains(name: $0) }) else { return false }
        guard let address = request.remoteAddress?.ipAddress else { return false }
        return address == "127.0.0.1" || address == "::1" || address == "::ffff:127.0.0.1"
    }

    private func metrics() async throws -> HTTPResponse {
        var all = figures()
        if let others = try? await supervisor.call(Methods.relayFigures, ControlFiguresRequest(), timeout: .seconds(2))
        {
            let own = Set(all.map(\.name))
            all += others.figures.filter { !own.contains($0.name) }
        }
        var response = HTTPResponse(body: .bytes(ByteBuffer(string: MetricsText.render(all))))
        response.headers.add(name: "content-type", value: MetricsText.contentType)
        return response
    }
}
