import CCurl
import Reactor

/// Beginning and ending exchanges. Nothing here runs while libcurl is on the stack, but for `discard` and `fail`.
extension HTTPClient {
    /// Idle easy handles that are kept.
    private static let poolLimit = 128

    func begin(_ exchange: Exchange) {
        guard exchange.state == .queued else { return }
        if let complaint = HeaderRules.complaint(about: exchange.request) {
            return finish(exchange, .failure(exchange.failure(.invalidRequest, complaint)))
        }
        guard let multi, !isShuttingDown else {
            return finish(exchange, .failure(exchange.failure(.shutdown, "the client was shut down")))
        }
        guard let handle = pool.popLast() ?? EasyHandle() else {
            return finish(exchange, .failure(exchange.failure(.other(0), "no handle left")))
        }
        handle.prepare(
            exchange.request, configuration, owner: Unmanaged.passUnretained(exchange).toOpaque(),
            client: Unmanaged.passUnretained(self).toOpaque())
        exchange.handle = handle
        exchange.state = .running
        let code = martlet_curl_multi_add_handle(multi, handle.easy)
        guard code == CURLM_OK else {
            return finish(exchange, .failure(exchange.failure(.other(Int(code.rawValue)), "not accepted by libcurl")))
        }
        exchange.setTimer()
    }

    /// Takes the exchange out, then tells its receiver.
    func finish(_ exchange: Exchange, _ result: Result<ResponseSummary, HTTPFailure>) {
        let receiver = exchange.receiver
        retire(exchange)
        if case .failure(let failure) = result, receiver != nil {
            configuration.logger.debug(
                "exchange failed", metadata: ["kind": "\(failure.kind)", "cause": "\(failure.message)"])
        }
        receiver?.responseEnd(result)
    }

    /// Ends an exchange for a reason of ours, perhaps in a callback.
    func fail(_ exchange: Exchange, _ kind: HTTPFailure.Kind) {
        guard isInside else { return finish(exchange, .failure(exchange.failure(kind, "timed out"))) }
        exchange.reason = kind
    }

    func discard(_ exchange: Exchange, wasRunning: Bool) {
        if isInside, wasRunning { discarded.append(exchange) } else { retire(exchange) }
    }

    /// Out of libcurl, which closes the connection of an incomplete transfer, and out of the lists. Idempotent.
    func retire(_ exchange: Exchange) {
        guard exchange.state != .ended else { return }
        exchange.state = .ended
        exchange.receiver = nil
        exchange.timer?.cancel()
        exchange.timer = nil
        exchange.client = nil
        remove(exchange)
        guard let handle = exchange.handle else { return }
        exchange.handle = nil
        if let multi { martlet_curl_multi_remove_handle(multi, handle.easy) }
        handle.reset()
        if pool.count < Self.poolLimit, multi != nil { pool.append(handle) }
    }

    private func remove(_ exchange: Exchange) {
        let index = exchange.index
        guard index < active.count, active[index] === exchange else { return }
        active.swapAt(index, active.count - 1)
        active[index].index = index
        active.removeLast()
    }
}
