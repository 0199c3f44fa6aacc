import Contracts
import Egress

/// Clients that register themselves at the authorization servers of tool servers.
extension OAuthService {
    /// What the authorization server of a tool server publishes.
    /// - Throws: `OAuthError` where none was found.
    public func serverMetadata(of resource: String) async throws(OAuthError) -> JSONValue {
        try await search.server(of: resource).document
    }

    /// Registers this server as a client there (RFC 7591).
    /// - Parameters:
    ///   - id: of the client here, such as `mcp:weather`: a part of its callback's address.
    ///   - resource: the tool server.
    ///   - name: of this server, for who agrees to a login.
    ///   - base: where browsers know this server, unless WEBUI_URL says it.
    /// - Returns: what was registered, as Open WebUI keeps it with the tool server: encrypted under
    ///   OAUTH_CLIENT_INFO_ENCRYPTION_KEY.
    public func registerClient(
        _ id: String, at resource: String, name: String, base: String?
    ) async throws(OAuthError) -> String {
        let settings = snapshot.settings
        guard let fernet = Fernet(secret: settings.clientSecret) else {
            throw OAuthError("OAUTH_CLIENT_INFO_ENCRYPTION_KEY has 44 characters, but is no Fernet key")
        }
        guard let base = settings.publicURL.isEmpty ? base : settings.publicURL, let parts = URLParts(resource) else {
            throw OAuthError("an address is missing: this server's, or the tool server's")
        }
        // Some publish nothing, and have the endpoint where earlier versions of the protocol put it.
        let server = try? await search.server(of: resource)
        let endpoint = server?.registrationEndpoint ?? "\(parts.scheme)://\(parts.authority)/register"
        let segment = id.split(separator: ":").map { PercentEncoding.encode(String($0)) }.joined(separator: ":")
        let callback = "\(base)/oauth/clients/\(segment)/callback"
        let wanted = ClientInformation.request(name: name, callback: callback, server: server)
        let answer = try await http.post(
            endpoint, json: wanted, limit: ClientInformation.sizeLimit, timeout: settings.timeout)
        guard (200..<300).contains(answer.status),
            let information = answer.json.flatMap({ ClientInformation($0, wanted: wanted, server: server) })
        else { throw OAuthError("\(URLParts(endpoint)?.withoutQuery ?? ""): refused with status \(answer.status)") }
        do {
            return try fernet.encrypt(Array(information.document.encoded.utf8), now: clock.now())
        } catch {
            throw OAuthError("the registered client could not be encrypted")
        }
    }

    private var search: AuthorizationServerSearch {
        AuthorizationServerSearch(http: http, timeout: snapshot.settings.timeout)
    }
}
