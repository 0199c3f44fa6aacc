import CCurl
import Contracts
import Reactor

/// What libcurl's callbacks come to. A result other than what libcurl expects makes it abort the transfer.
extension Exchange {
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard state == .running, reason == nil else { return 0 }
        if isPaused {
            isReceiveHeld = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        let total = bytesReceived + bytes.count
        if let limit = request.maxResponseBytes, total > limit { return giveUp(.tooLarge) }
        bytesReceived = total
        deadlines.lastActivity = Deadlines.now()
        receiver?.responseBody(bytes)
        return state == .running ? bytes.count : 0
    }

    func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
        guard state == .running, reason == nil else { return 0 }
        switch parser.take(line) {
        case .more: return line.count
        case .tooLarge, .malformed: return giveUp(.protocolError)
        case .head(let head):
            if isDeclaredTooLarge(head) { return giveUp(.tooLarge) }
            deadlines.headArrived(at: Deadlines.now())
            setTimer()
            guard reason == nil else { return 0 }
            receiver?.responseHead(head)
            return state == .running ? line.count : 0
        }
    }

    /// Whether a socket may be made for this address, the very one that would be connected to; nil: no IP address.
    func mayConnect(to address: IPAddress?) -> Bool {
        let policy = request.addressPolicy
        if policy == .any || address.map(policy.allows) == true { return true }
        isAddressRefused = true
        return false
    }

    func pullUpload(into room: UnsafeMutableRawBufferPointer) -> Int {
        guard state == .running, case .stream(_, let source) = request.body else { return Int(CURL_READFUNC_ABORT) }
        deadlines.lastActivity = Deadlines.now()
        switch source.read(into: room) {
        case .wrote(let count) where count > 0 && count <= room.count: return count
        case .end: return 0
        case .wait:
            isUploadHeld = true
            return Int(CURL_READFUNC_PAUSE)
        case .wrote, .fail:
            _ = giveUp(.uploadFailed)
            return Int(CURL_READFUNC_ABORT)
        }
    }

    private func isDeclaredTooLarge(_ head: ResponseHead) -> Bool {
        guard let limit = request.maxResponseBytes, request.method != "HEAD" else { return false }
        guard let length = head.first("Content-Length").flatMap(Int.init) else { return false }
        return length > limit
    }

    private func giveUp(_ kind: HTTPFailure.Kind) -> Int {
        reason = kind
        return 0
    }

    // MARK: Time

    /// Sets the timer for what the deadlines leave. Called at the start, and at the head, whose body has another limit.
    func setTimer() {
        timer?.cancel()
        timer = nil
        switch deadlines.verdict(at: Deadlines.now()) {
        case .never: break
        case .expired(let kind): client?.fail(self, kind)
        case .again(let milliseconds):
            timer = Reactor.shared.schedule(after: .milliseconds(milliseconds)) { [weak self] in self?.timerFired() }
        }
    }

    private func timerFired() {
        timer = nil
        guard state == .queued || state == .running else { return }
        setTimer()
    }

    // MARK: The end

    func outcome(_ code: CURLcode) -> Result<ResponseSummary, HTTPFailure> {
        guard code == CURLE_OK, reason == nil, deadlines.headAt != nil else { return .failure(failure(code)) }
        return .success(
            ResponseSummary(
                bytesReceived: bytesReceived, headMilliseconds: deadlines.headMilliseconds,
                totalMilliseconds: deadlines.elapsed(at: Deadlines.now()),
                connectionReused: handle?.long(CURLINFO_NUM_CONNECTS) == 0))
    }

    private func failure(_ code: CURLcode) -> HTTPFailure {
        let message = code == CURLE_OK ? reason.map { "\($0)" } ?? "closed in the head" : handle?.message(code) ?? ""
        if let reason { return failure(reason, message) }
        if isAddressRefused, code == CURLE_COULDNT_CONNECT {
            return failure(.forbiddenAddress, "the host has no address that may be connected to")
        }
        let kind = HTTPFailure.Kind(
            code, systemError: handle?.long(CURLINFO_OS_ERRNO) ?? 0, message: message, hasHead: deadlines.headAt != nil)
        return failure(kind, message)
    }

    func failure(_ kind: HTTPFailure.Kind, _ message: String) -> HTTPFailure {
        let wasSent = (handle?.long(CURLINFO_REQUEST_SIZE) ?? 0) > 0
        return HTTPFailure(kind, message, bytesReceived: bytesReceived, wasSent: wasSent)
    }
}
