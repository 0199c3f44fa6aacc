import CCurl
import NIOCore

extension EasyHandle {
    /// Sets every option of one exchange. `owner` is what the callbacks get, `client` what hears of a closed socket;
    /// both must outlive the transfer, `client` the connections too.
    func prepare(
        _ request: Request, _ configuration: HTTPClient.Configuration, owner: UnsafeMutableRawPointer,
        client: UnsafeMutableRawPointer
    ) {
        setErrorBuffer()
        set(CURLOPT_PRIVATE, pointer: owner)
        setCallbacks(owner: owner, client: client)
        setConnection(request, configuration)
        set(CURLOPT_URL, request.url)
        set(CURLOPT_USERAGENT, configuration.userAgent)
        set(CURLOPT_HTTP_CONTENT_DECODING, false)
        setHeaders(Self.headerLines(request))
        setMethodAndBody(request, owner: owner)
    }

    private func setCallbacks(owner: UnsafeMutableRawPointer, client: UnsafeMutableRawPointer) {
        _ = martlet_curl_set_io(easy, CURLOPT_WRITEFUNCTION, curlWrite)
        set(CURLOPT_WRITEDATA, pointer: owner)
        _ = martlet_curl_set_io(easy, CURLOPT_HEADERFUNCTION, curlHeader)
        set(CURLOPT_HEADERDATA, pointer: owner)
        _ = martlet_curl_set_open_socket(easy, curlOpenSocket)
        set(CURLOPT_OPENSOCKETDATA, pointer: owner)
        _ = martlet_curl_set_close_socket(easy, curlCloseSocket)
        set(CURLOPT_CLOSESOCKETDATA, pointer: client)
    }

    private func setConnection(_ request: Request, _ configuration: HTTPClient.Configuration) {
        set(CURLOPT_NOSIGNAL, true)
        // Else removing a handle waits for the resolver's thread.
        set(CURLOPT_QUICK_EXIT, true)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        set(CURLOPT_FOLLOWLOCATION, false)
        // A kept connection was opened under another request's policy.
        let hasPolicy = request.addressPolicy != .any
        set(CURLOPT_FRESH_CONNECT, !request.mayReuseConnection || request.isStreamed || hasPolicy)
        // An empty proxy keeps libcurl from reading the environment. A proxy would hide the address from the policy.
        set(CURLOPT_PROXY, hasPolicy ? "" : configuration.proxy ?? "")
        set(CURLOPT_NOPROXY, "")
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        set(CURLOPT_TCP_NODELAY, true)
        set(CURLOPT_BUFFERSIZE, configuration.receiveBufferBytes)
        set(CURLOPT_UPLOAD_BUFFERSIZE, 16 * 1024)
        set(CURLOPT_MAXAGE_CONN, configuration.maxIdleSeconds)
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Deadlines.milliseconds(request.timeouts.connect)))
        if configuration.keepAliveSeconds > 0 {
            set(CURLOPT_TCP_KEEPALIVE, true)
            set(CURLOPT_TCP_KEEPIDLE, configuration.keepAliveSeconds)
            set(CURLOPT_TCP_KEEPINTVL, configuration.keepAliveSeconds)
        }
        if let file = configuration.certificateFile { set(CURLOPT_CAINFO, file) }
        if !request.verifyTLS {
            set(CURLOPT_SSL_VERIFYPEER, false)
            set(CURLOPT_SSL_VERIFYHOST, false)
        }
    }

    private static func headerLines(_ request: Request) -> [String] {
        var lines: [String] = []
        var hasType = false
        for (name, value) in request.headers where !HeaderRules.isHopHeader(name) {
            if HeaderRules.isSame(name, "content-type") { hasType = true }
            // libcurl takes "Name:" for "leave it out"; "Name;" is an empty value.
            lines.append(value.isEmpty ? name + ";" : name + ": " + value)
        }
        guard let body = request.body else { return lines }
        lines.append("Expect:")
        if !hasType { lines.append("Content-Type:") }
        if case .stream(nil, _) = body { lines.append("Transfer-Encoding: chunked") }
        return lines
    }

    private func setMethodAndBody(_ request: Request, owner: UnsafeMutableRawPointer) {
        switch request.body {
        case .buffer(let bytes): setPost(bytes)
        case .stream(let length, _):
            set(CURLOPT_POST, true)
            set(CURLOPT_POSTFIELDSIZE_LARGE, offset: length ?? -1)
            _ = martlet_curl_set_io(easy, CURLOPT_READFUNCTION, curlRead)
            set(CURLOPT_READDATA, pointer: owner)
        case nil:
            switch request.method {
            case "GET": set(CURLOPT_HTTPGET, true)
            case "HEAD": set(CURLOPT_NOBODY, true)
            // These announce a body even when it is empty (RFC 9110, 8.6).
            case "POST", "PUT", "PATCH": setPost(ByteBuffer())
            default: set(CURLOPT_HTTPGET, true)
            }
        }
        let known: Set = ["GET", "HEAD", "POST"]
        if !known.contains(request.method) || (request.body != nil && request.method != "POST") {
            set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    /// libcurl reads straight from the buffer's memory: whoever owns the exchange keeps the buffer unchanged.
    private func setPost(_ bytes: ByteBuffer) {
        set(CURLOPT_POST, true)
        set(CURLOPT_POSTFIELDSIZE_LARGE, offset: bytes.readableBytes)
        guard bytes.readableBytes > 0 else { return set(CURLOPT_POSTFIELDS, "") }
        bytes.withUnsafeReadableBytesWithStorageManagement { memory, _ in
            set(CURLOPT_POSTFIELDS, pointer: memory.baseAddress)
        }
    }
}
