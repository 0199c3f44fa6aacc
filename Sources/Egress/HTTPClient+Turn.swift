import CCurl
import Reactor

/// Driving libcurl: sockets, its timer, and what waits for the end of the turn.
extension HTTPClient {
    // MARK: Called by libcurl

    func socketChanged(_ descriptor: CInt, _ what: CInt) {
        let interest: Interest
        switch what {
        case CURL_POLL_IN: interest = .readable
        case CURL_POLL_OUT: interest = .writable
        case CURL_POLL_INOUT: interest = [.readable, .writable]
        default: return forget(descriptor)
        }
        if watched.insert(descriptor).inserted {
            Reactor.shared.watch(descriptor, interest) { [weak self] in self?.socketReady(descriptor, $0) }
        } else {
            Reactor.shared.rewatch(descriptor, interest)
        }
    }

    func socketOpened(_ descriptor: CInt) {
        // A number that libcurl closed without telling would be watched twice.
        forget(descriptor)
        connectionsOpened += 1
        openConnections += 1
    }

    func socketClosing(_ descriptor: CInt) {
        forget(descriptor)
        openConnections -= 1
    }

    /// Only what this client watches: the number may be another owner's by now.
    private func forget(_ descriptor: CInt) {
        if watched.remove(descriptor) != nil { Reactor.shared.unwatch(descriptor) }
    }

    func timerChanged(_ milliseconds: Int) {
        libraryTimer?.cancel()
        libraryTimer = nil
        guard milliseconds >= 0 else { return }
        // "At once" is the end of this turn; asked for while that is running, the next turn, after the sockets.
        if milliseconds == 0, lastKick != Reactor.shared.turns {
            isKickWanted = true
            needTurnEnd()
        } else {
            libraryTimer = Reactor.shared.schedule(after: .milliseconds(milliseconds)) { [weak self] in
                self?.libraryTimer = nil
                self?.drive(CURL_SOCKET_BAD, 0)
            }
        }
    }

    // MARK: Driving

    private func socketReady(_ descriptor: CInt, _ readiness: Readiness) {
        var bits: CInt = 0
        if readiness.contains(.readable) { bits |= CURL_CSELECT_IN }
        if readiness.contains(.writable) { bits |= CURL_CSELECT_OUT }
        if !readiness.isDisjoint(with: [.error, .hangUp]) { bits |= CURL_CSELECT_ERR }
        drive(descriptor, bits)
    }

    /// `CURL_SOCKET_BAD` stands for CURL_SOCKET_TIMEOUT, whose number it is.
    private func drive(_ descriptor: CInt, _ bits: CInt) {
        guard let multi else { return }
        var running: CInt = 0
        isInside = true
        _ = martlet_curl_multi_socket_action(multi, descriptor, bits, &running)
        isInside = false
        afterCurl()
    }

    /// What callbacks asked for and what has ended, now that libcurl is off the stack.
    private func afterCurl() {
        while let exchange = discarded.popLast() { retire(exchange) }
        var code = CURLE_OK
        while let multi, let pointer = martlet_curl_next_ended(multi, &code) {
            let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
            finish(exchange, exchange.outcome(code))
        }
    }

    // MARK: End of the turn

    func needTurnEnd() {
        guard !isTurnEndAsked else { return }
        isTurnEndAsked = true
        Reactor.shared.atEndOfTurn { [weak self] in self?.turnEnd() }
    }

    private func turnEnd() {
        isTurnEndAsked = false
        if isShuttingDown { shutdown() }
        for exchange in take(&starting) { begin(exchange) }
        for exchange in take(&resuming) { unhold(exchange) }
        guard isKickWanted else { return }
        isKickWanted = false
        lastKick = Reactor.shared.turns
        drive(CURL_SOCKET_BAD, 0)
    }

    /// Empties a list before it is gone through: its members' callbacks may add to it.
    private func take(_ list: inout [Exchange]) -> [Exchange] {
        guard !list.isEmpty else { return [] }
        let taken = list
        list = []
        return taken
    }

    func resumeLater(_ exchange: Exchange) {
        guard !exchange.isResuming else { return }
        exchange.isResuming = true
        resuming.append(exchange)
        needTurnEnd()
    }

    private func unhold(_ exchange: Exchange) {
        exchange.isResuming = false
        guard exchange.state == .running, let easy = exchange.handle?.easy else { return }
        if !exchange.isPaused { exchange.isReceiveHeld = false }
        exchange.isUploadHeld = false
        isInside = true
        let code = martlet_curl_easy_pause(easy, exchange.isReceiveHeld ? CURLPAUSE_RECV : CURLPAUSE_CONT)
        isInside = false
        // libcurl tells a refusal by the receiver here, and then only here.
        if code != CURLE_OK, exchange.state == .running { finish(exchange, exchange.outcome(code)) }
        afterCurl()
    }
}
