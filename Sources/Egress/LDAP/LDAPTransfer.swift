import CCurl
import CLinux
import Glibc

/// One search over one connection, driven by libcurl on the calling thread, which waits.
///
/// Only for a thread with descriptors of its own (`LDAPClient.apart`). libcurl gives its socket to libldap, which closes
/// it; then libcurl writes TLS's farewell to that number, and closes it once more. In a shared table the number may be
/// somebody else's by then.
final class LDAPTransfer {
    private let handle: EasyHandle
    private var answer: LDAPAnswer
    private var refusal: LDAPError?
    /// What libcurl has opened and not closed itself.
    private var sockets: [CInt] = []

    /// libcurl does not watch its LDAP sockets while it binds; without this it would look once in 200 ms or a second.
    private static let tickMilliseconds: CInt = 50
    /// libcurl keeps the time-outs; this is for when it does not.
    private static let grace = Duration.seconds(1)

    init(_ search: LDAPSearch) throws(LDAPError) {
        guard let handle = EasyHandle() else { throw LDAPError(.unavailable, "libcurl gives no handle") }
        self.handle = handle
        answer = LDAPAnswer(byteLimit: LDAPSearch.answerLimit, entryLimit: search.entryLimit)
    }

    func run(url: String, _ server: LDAPServer, _ credentials: LDAPCredentials?) throws(LDAPError) -> [LDAPEntry] {
        guard let multi = martlet_curl_multi_init() else { throw LDAPError(.unavailable, "libcurl gives no handle") }
        defer { martlet_curl_multi_cleanup(multi) }
        let owner = Unmanaged.passUnretained(self).toOpaque()
        prepare(url: url, server, owner: owner)
        if let credentials {
            handle.set(CURLOPT_USERNAME, credentials.dn)
            handle.set(CURLOPT_PASSWORD, credentials.password)
        }
        guard martlet_curl_multi_add_handle(multi, handle.easy) == CURLM_OK else {
            throw LDAPError(.unavailable, "libcurl does not take the transfer")
        }
        defer { martlet_curl_multi_remove_handle(multi, handle.easy) }
        let code = try drive(multi, until: ContinuousClock.now + server.totalTimeout + Self.grace)
        if let refusal { throw refusal }
        guard code == CURLE_OK else {
            throw LDAPError(code, result: handle.long(CURLINFO_RESPONSE_CODE), text: handle.message(code))
        }
        guard answer.isComplete else { throw LDAPError(.malformed, "the answer ends in the middle") }
        return answer.entries
    }

    private func prepare(url: String, _ server: LDAPServer, owner: UnsafeMutableRawPointer) {
        handle.setErrorBuffer()
        handle.set(CURLOPT_PRIVATE, pointer: owner)
        handle.set(CURLOPT_URL, url)
        handle.set(CURLOPT_PROTOCOLS_STR, server.usesTLS ? "ldaps" : "ldap")
        handle.set(CURLOPT_NOSIGNAL, true)
        // Else the end waits for the resolver's thread.
        handle.set(CURLOPT_QUICK_EXIT, true)
        // An empty proxy keeps libcurl from reading the environment.
        handle.set(CURLOPT_PROXY, "")
        handle.set(CURLOPT_PATH_AS_IS, true)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Deadlines.milliseconds(server.connectTimeout)))
        handle.set(CURLOPT_TIMEOUT_MS, max(1, Deadlines.milliseconds(server.totalTimeout)))
        _ = martlet_curl_set_io(handle.easy, CURLOPT_WRITEFUNCTION, ldapWrite)
        handle.set(CURLOPT_WRITEDATA, pointer: owner)
        _ = martlet_curl_set_open_socket(handle.easy, ldapOpenSocket)
        handle.set(CURLOPT_OPENSOCKETDATA, pointer: owner)
        _ = martlet_curl_set_close_socket(handle.easy, ldapCloseSocket)
        handle.set(CURLOPT_CLOSESOCKETDATA, pointer: owner)
        guard server.usesTLS else { return }
        handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = server.certificateFile { handle.set(CURLOPT_CAINFO, file) }
        if let ciphers = server.ciphers { handle.set(CURLOPT_SSL_CIPHER_LIST, ciphers) }
        if !server.validatesCertificate {
            handle.set(CURLOPT_SSL_VERIFYPEER, false)
            handle.set(CURLOPT_SSL_VERIFYHOST, false)
        }
    }

    private func drive(
        _ multi: UnsafeMutableRawPointer, until deadline: ContinuousClock.Instant
    ) throws(LDAPError) -> CURLcode {
        while true {
            var running: CInt = 0
            guard martlet_curl_multi_perform(multi, &running) == CURLM_OK else {
                throw LDAPError(.unavailable, "libcurl does not go on")
            }
            if running == 0 { break }
            guard sockets.reduce(0, { $0 + martlet_tcp_received($1) }) <= LDAPSearch.receiveLimit else {
                throw LDAPError(.tooLarge, "more than \(LDAPSearch.receiveLimit) bytes from the network")
            }
            guard ContinuousClock.now < deadline else { throw LDAPError(.timedOut, "libcurl keeps no time-out") }
            var more = sockets.map { curl_waitfd(fd: $0, events: Int16(CURL_WAIT_POLLIN), revents: 0) }
            _ = martlet_curl_multi_poll(multi, &more, UInt32(more.count), Self.tickMilliseconds)
        }
        var code = CURLE_OK
        guard martlet_curl_next_ended(multi, &code) != nil else {
            throw LDAPError(.unavailable, "libcurl lost the transfer")
        }
        return code
    }

    // MARK: What libcurl calls

    fileprivate func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(LDAPError) {
            try answer.take(bytes)
            return true
        } catch {
            refusal = error
            return false
        }
    }

    fileprivate func opened(_ socket: CInt) { sockets.append(socket) }

    fileprivate func closing(_ socket: CInt) { sockets.removeAll { $0 == socket } }
}

private func owner(_ pointer: UnsafeMutableRawPointer) -> LDAPTransfer {
    Unmanaged<LDAPTransfer>.fromOpaque(pointer).takeUnretainedValue()
}

private func ldapWrite(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
    guard let pointer, let bytes else { return 0 }
    let length = size * count
    // Anything else than the length ends the transfer.
    return owner(pointer).take(UnsafeRawBufferPointer(start: bytes, count: length)) ? length : length &+ 1
}

private func ldapOpenSocket(
    _ pointer: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let pointer, let address = address?.pointee else { return -1 }
    let descriptor = socket(address.family, address.socktype | CInt(SOCK_CLOEXEC.rawValue), address.protocol)
    if descriptor >= 0 { owner(pointer).opened(descriptor) }
    return descriptor
}

private func ldapCloseSocket(_ pointer: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> CInt {
    if let pointer { owner(pointer).closing(descriptor) }
    return close(descriptor)
}
