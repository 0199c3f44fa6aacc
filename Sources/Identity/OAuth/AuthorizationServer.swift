import Contracts
import Egress

/// The authorization server that protects a resource, such as a tool server: what it publishes of itself (RFC 8414).
struct AuthorizationServer: Sendable {
    /// Where the document was found.
    let documentURL: String
    /// The members of RFC 8414 that are there, as they are.
    let document: JSONValue

    private static let members: Set<String> = [
        "issuer", "authorization_endpoint", "token_endpoint", "registration_endpoint", "scopes_supported",
        "response_types_supported", "response_modes_supported", "grant_types_supported",
        "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
        "service_documentation", "ui_locales_supported", "op_policy_uri", "op_tos_uri", "revocation_endpoint",
        "revocation_endpoint_auth_methods_supported", "revocation_endpoint_auth_signing_alg_values_supported",
        "introspection_endpoint", "introspection_endpoint_auth_methods_supported",
        "introspection_endpoint_auth_signing_alg_values_supported", "code_challenge_methods_supported",
    ]

    /// Nil for a document without issuer, authorization endpoint or token endpoint.
    init?(_ document: JSONValue, from url: String) {
        guard case .object(let members) = document, ProviderMetadata(document) != nil else { return nil }
        documentURL = url
        self.document = .object(members.filter { Self.members.contains($0.key) && $0.value != .null })
    }

    /// Nil: it publishes none, or one that is no http(s) address.
    var registrationEndpoint: String? {
        document["registration_endpoint"]?.text.flatMap { URLParts($0) == nil ? nil : $0 }
    }

    /// Separated by spaces; nil: it does not say.
    var scope: String? {
        let scopes = document["scopes_supported"]?.elements?.compactMap(\.text) ?? []
        return scopes.isEmpty ? nil : scopes.joined(separator: " ")
    }

    /// How a client proves itself there: with its secret in the form, or by the first other way that both know.
    var clientAuthentication: String {
        let methods = document["token_endpoint_auth_methods_supported"]?.elements?.compactMap(\.text) ?? []
        let usual = "client_secret_post"
        if methods.isEmpty || methods.contains(usual) { return usual }
        return methods.first { $0 == "client_secret_basic" || $0 == "none" } ?? usual
    }

    /// Where the document of a server may lie: below its own path, or before it (RFC 8414, sections 3.1 and 5).
    static func documents(of server: String) -> [String] {
        guard let parts = URLParts(server) else { return [] }
        let root = "\(parts.scheme)://\(parts.authority)"
        let names = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
        var path = parts.path[...]
        while path.hasSuffix("/") { path.removeLast() }
        guard !path.isEmpty else { return names.map { root + $0 } }
        return names.map { root + $0 + path } + names.map { root + path + $0 }
    }

    /// The address of its metadata that a protected resource names in its refusal (RFC 9728, section 5.1).
    static func resourceMetadata(in challenge: String) -> String? {
        let mark = "resource_metadata="
        guard let start = challenge.firstRange(of: mark)?.upperBound else { return nil }
        let rest = challenge[start...]
        let url = rest.first == "\"" ? rest.dropFirst().prefix { $0 != "\"" } : rest.prefix { !", ".contains($0) }
        return URLParts(String(url)) == nil ? nil : String(url)
    }
}
