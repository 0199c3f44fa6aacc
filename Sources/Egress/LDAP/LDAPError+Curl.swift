import CCurl

extension LDAPError {
    /// What libcurl's two numbers mean.
    /// - Parameters:
    ///   - result: the last LDAP result code that the directory sent; 0 for success or none.
    ///   - text: libcurl's error text; may quote the directory.
    init(_ code: CURLcode, result: Int, text: String) {
        let message = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 }).prefix(300))
        self.init(Self.kind(code, result: result, text: text), "\(message) (curl \(code.rawValue), ldap \(result))")
    }

    private static func kind(_ code: CURLcode, result: Int, text: String) -> Kind {
        switch code {
        case CURLE_LOGIN_DENIED: result == 49 ? .wrongPassword : .unreachable
        case CURLE_LDAP_CANNOT_BIND, CURLE_REMOTE_ACCESS_DENIED: .bindRefused(result)
        case CURLE_UNSUPPORTED_PROTOCOL: result == 0 ? .unavailable : .bindRefused(result)
        // Refused by libldap itself: nothing was sent, or the connection was gone.
        case CURLE_LDAP_SEARCH_FAILED where result == 0: text.contains("filter") ? .badFilter : .unreachable
        case CURLE_LDAP_SEARCH_FAILED: .searchRefused(result)
        case CURLE_URL_MALFORMAT: text.contains("filter") ? .badFilter : .invalidRequest
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
            .unreachable
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM: .certificate
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_ENGINE_INITFAILED: .tls
        default: .other(Int(code.rawValue))
        }
    }
}
