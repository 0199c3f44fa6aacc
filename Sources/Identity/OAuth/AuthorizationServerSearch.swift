import Contracts
import Egress

/// Finds the authorization server of a resource, as the Model Context Protocol's clients do (its specification of
/// 2025-03-26, Authorization): the resource names it when it refuses a request, or it is the resource's own host.
///
/// Addresses come from an administrator and from whom they name, so private ones are asked too; nothing of an answer is
/// told but what is a server's document.
struct AuthorizationServerSearch: Sendable {
    /// Requests that one search makes at most, beside two to the resource.
    private static let limit = 16
    private static let sizeLimit = ProviderMetadata.sizeLimit
    /// Of the whole search.
    private static let patience: Duration = .seconds(30)

    let http: ProviderHTTP
    /// Of one request.
    let timeout: Duration

    /// - Throws: `OAuthError` where none of the places has a document.
    func server(of resource: String) async throws(OAuthError) -> AuthorizationServer {
        guard let parts = URLParts(resource) else { throw OAuthError("the resource's address is no http(s) URL") }
        let deadline = ContinuousClock.now + Self.patience
        var places: [String] = []
        let root = "\(parts.scheme)://\(parts.authority)"
        for server in await named(by: resource) + [resource, root] {
            for place in AuthorizationServer.documents(of: server) where !places.contains(place) {
                places.append(place)
            }
        }
        for place in places.prefix(Self.limit) {
            let left = deadline - .now
            guard left > .zero else { break }
            guard let document = await document(at: place, timeout: min(timeout, left)) else { continue }
            if let server = AuthorizationServer(document, from: place) { return server }
        }
        throw OAuthError("\(parts.withoutQuery): no document of an authorization server was found")
    }

    /// The servers that the resource names (RFC 9728); none where it does not say.
    private func named(by resource: String) async -> [String] {
        let initialize = JSONValue.object([
            "jsonrpc": .string("2.0"), "method": .string("initialize"), "params": .object([:]), "id": .integer(1),
        ])
        // One that streams its answer would do so for ever.
        let patience = min(timeout, .seconds(5))
        let answer = try? await http.post(
            resource, json: initialize, accept: "application/json, text/event-stream", limit: Self.sizeLimit,
            timeout: patience)
        guard let answer, answer.status == 401,
            let place = answer.challenge.flatMap(AuthorizationServer.resourceMetadata),
            let document = await document(at: place, timeout: patience)
        else { return [] }
        return Array((document["authorization_servers"]?.elements ?? []).compactMap(\.text).prefix(3))
    }

    private func document(at url: String, timeout: Duration) async -> JSONValue? {
        let answer = try? await http.get(url, limit: Self.sizeLimit, timeout: timeout)
        return answer.flatMap { $0.status == 200 ? $0.json : nil }
    }
}
