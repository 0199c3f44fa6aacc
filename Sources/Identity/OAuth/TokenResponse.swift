import Contracts

/// What a token endpoint gives (RFC 6749, section 5.1).
struct TokenResponse: Sendable, Equatable {
    static let sizeLimit = 256 * 1024
    private static let tokenLimit = 64 * 1024

    /// All of it, as it came: it is kept for the use of the provider's other services.
    var members: [String: JSONValue]
    let accessToken: String
    var idToken: String? { members["id_token"]?.text }
    var refreshToken: String? { members["refresh_token"]?.text }
    /// Seconds.
    var lifetime: Int64? {
        switch members["expires_in"] {
        case .integer(let seconds): seconds
        // Some write it as text.
        case .string(let text): Int64(text)
        default: nil
        }
    }

    /// - Throws: `OAuthError` with the provider's error code, for anything that is no token of the type Bearer.
    init(_ answer: ProviderHTTP.Answer) throws(OAuthError) {
        guard case .object(let members)? = answer.json else {
            throw OAuthError("the token endpoint answered \(answer.status) without JSON")
        }
        guard (200..<300).contains(answer.status), let token = members["access_token"]?.text else {
            let code = members["error"]?.text.map(Self.safe) ?? "no token"
            throw OAuthError("the token endpoint answered \(answer.status): \(code)")
        }
        guard Self.isUsable(token), members["token_type"]?.text.map({ $0.lowercased() == "bearer" }) ?? true else {
            throw OAuthError("the token endpoint gave a token that is no bearer token")
        }
        self.members = members
        accessToken = token
    }

    /// Of what is kept: another server may have written it.
    init?(_ members: [String: JSONValue]) {
        guard let token = members["access_token"]?.text, Self.isUsable(token) else { return nil }
        self.members = members
        accessToken = token
    }

    /// It goes into a header.
    private static func isUsable(_ token: String) -> Bool {
        !token.isEmpty && token.utf8.count <= tokenLimit && token.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// An error code for the log: `invalid_grant` and its like.
    static func safe(_ code: String) -> String {
        String(code.prefix(64).filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })
    }
}
