import Contracts
import Egress

/// What a provider publishes of itself (OpenID Connect Discovery 1.0, section 3), as far as it is used here.
struct ProviderMetadata: Sendable, Equatable {
    /// Longer documents are refused.
    static let sizeLimit = 256 * 1024

    var issuer: String
    var authorizationEndpoint: String
    var tokenEndpoint: String
    var userinfoEndpoint: String?
    var keysURL: String?
    var endSessionEndpoint: String?
    var codeChallengeMethods: [String] = []
    var tokenAuthMethods: [String] = []
    /// RFC 9207: the callback carries `iss`.
    var sendsIssuer = false

    /// For providers that publish nothing.
    init(issuer: String, authorization: String, token: String, userinfo: String) {
        self.issuer = issuer
        authorizationEndpoint = authorization
        tokenEndpoint = token
        userinfoEndpoint = userinfo
    }

    /// Nil when a member that is required is missing, or an endpoint is no http(s) URL.
    init?(_ document: JSONValue) {
        func url(_ name: String) -> String? {
            document[name]?.text.flatMap { URLParts($0) == nil ? nil : $0 }
        }
        func texts(_ name: String) -> [String] { document[name]?.elements?.compactMap(\.text) ?? [] }
        guard let issuer = document["issuer"]?.text, !issuer.isEmpty,
            let authorization = url("authorization_endpoint"), let token = url("token_endpoint")
        else { return nil }
        self.issuer = issuer
        authorizationEndpoint = authorization
        tokenEndpoint = token
        userinfoEndpoint = url("userinfo_endpoint")
        keysURL = url("jwks_uri")
        endSessionEndpoint = url("end_session_endpoint")
        codeChallengeMethods = texts("code_challenge_methods_supported")
        tokenAuthMethods = texts("token_endpoint_auth_methods_supported")
        sendsIssuer = document["authorization_response_iss_parameter_supported"] == .bool(true)
    }
}
