import Contracts

/// What an authorization server has registered (RFC 7591, section 3.2.1), with the server's own document.
struct ClientInformation: Sendable {
    /// Longer answers are refused.
    static let sizeLimit = 64 * 1024

    /// `client_id` and the other members, `issuer` (where the server's document lies) and `server_metadata`.
    let document: JSONValue

    private static let members: Set<String> = [
        "client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at", "redirect_uris",
        "token_endpoint_auth_method", "grant_types", "response_types", "scope", "client_name", "client_uri", "logo_uri",
        "contacts", "tos_uri", "policy_uri", "jwks_uri", "jwks", "software_id", "software_version",
    ]

    /// What is asked for.
    static func request(name: String, callback: String, server: AuthorizationServer?) -> JSONValue {
        var members: [String: JSONValue] = [
            "client_name": .string(name), "redirect_uris": .array([.string(callback)]),
            "grant_types": .array([.string("authorization_code"), .string("refresh_token")]),
            "response_types": .array([.string("code")]),
            "token_endpoint_auth_method": .string(server?.clientAuthentication ?? "client_secret_post"),
        ]
        members["scope"] = server?.scope.map(JSONValue.string)
        return .object(members)
    }

    /// Nil for an answer without a client id. What it leaves out is as it was asked for.
    init?(_ answer: JSONValue, wanted: JSONValue, server: AuthorizationServer?) {
        guard case .object(let given) = answer, given["client_id"]?.text?.isEmpty == false else { return nil }
        let known = given.filter { member in
            Self.members.contains(member.key) && member.value != .null && member.value != .string("")
        }
        guard case .object(var members) = wanted.merging(.object(known)) else { return nil }
        members["issuer"] = server.map { .string($0.documentURL) }
        members["server_metadata"] = server?.document
        document = .object(members)
    }
}
