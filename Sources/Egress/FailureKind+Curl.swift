import CCurl
import Glibc

extension HTTPFailure.Kind {
    /// What a CURLcode means to us. `hasHead`: the response head had been delivered. The only time-out that libcurl
    /// keeps itself is the one for connecting.
    init(_ code: CURLcode, systemError: Int, message: String, hasHead: Bool) {
        switch code {
        case CURLE_URL_MALFORMAT: self = .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .resolve
        case CURLE_COULDNT_CONNECT:
            self = .connect(systemError == Int(ECONNREFUSED) ? .refused : .unreachable)
        case CURLE_OPERATION_TIMEDOUT: self = .connectTimeout
        case CURLE_PARTIAL_FILE: self = .truncated
        // An end within the head is none to libcurl; the caller knows better.
        case CURLE_OK: self = .noResponse
        // The only thing that outgrows libcurl's own limits is a response's header line.
        case CURLE_OUT_OF_MEMORY where !hasHead: self = .protocolError
        // Bad chunking comes as a receive error, told apart only by its text.
        case CURLE_RECV_ERROR where message.contains("chunk"): self = .protocolError
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND:
            self = hasHead ? .truncated : .noResponse
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP2_STREAM,
            CURLE_BAD_CONTENT_ENCODING:
            self = .protocolError
        case _ where Self.tlsCodes.contains(code.rawValue): self = .tls
        default: self = .other(Int(code.rawValue))
        }
    }

    private static let tlsCodes: Set<UInt32> = [
        CURLE_SSL_CONNECT_ERROR.rawValue, CURLE_SSL_ENGINE_NOTFOUND.rawValue, CURLE_SSL_ENGINE_SETFAILED.rawValue,
        CURLE_SSL_CERTPROBLEM.rawValue, CURLE_SSL_CIPHER.rawValue, CURLE_PEER_FAILED_VERIFICATION.rawValue,
        CURLE_SSL_ENGINE_INITFAILED.rawValue, CURLE_SSL_CACERT_BADFILE.rawValue, CURLE_SSL_SHUTDOWN_FAILED.rawValue,
        CURLE_SSL_CRL_BADFILE.rawValue, CURLE_SSL_ISSUER_ERROR.rawValue, CURLE_SSL_PINNEDPUBKEYNOTMATCH.rawValue,
        CURLE_SSL_INVALIDCERTSTATUS.rawValue, CURLE_SSL_CLIENTCERT.rawValue,
    ]
}
