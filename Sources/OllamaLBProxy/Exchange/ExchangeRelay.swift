import Contracts
import DaemonKit
import Egress
import Link
import Logging
import NIOCore
import Reactor

/// One `ollama.exchange`: takes the request, waits for a backend's turn, passes the answer on as it comes, and tries
/// another backend while nothing has been passed on and to repeat is safe.
@ReactorActor
final class ExchangeRelay: Relay {
    private let stream: LinkStream
    private unowned let proxy: OllamaLBProxyDaemon
    private var order = ExchangeOrder(OllamaExchange())
    private var upload: StreamedBody?
    private var ticket: Admission.Ticket?
    private var attempt: Attempt?
    private var tried: Set<ObjectIdentifier> = []
    private var attempts: UInt32 = 0
    private var lastFailure: (head: ResponseHead, body: ByteBuffer)?
    private var hasRefreshed = false
    private let startedAt = ContinuousClock.now
    private var waited: Duration = .zero
    private var position = 0
    private var choice = ""
    private var candidates = ""
    private(set) var isOver = false
    private static let tooLong = "the request's body is longer than MARTLET_MAX_BODY"
    static let longestUser = 256

    init(_ stream: LinkStream, proxy: OllamaLBProxyDaemon) {
        self.stream = stream
        self.proxy = proxy
    }

    func begin() {
        stream.handler = self
        guard let request = try? OllamaExchange(serializedBytes: stream.open.message) else {
            return finish(.failure(.invalidArgument, "the message is not an exchange"))
        }
        guard request.path.hasPrefix("/"), !request.verb.isEmpty else {
            return finish(.failure(.invalidArgument, "an exchange needs a verb and a path that begins with /"))
        }
        guard request.body.count <= proxy.settings.integer("MARTLET_MAX_BODY") else {
            return finish(.failure(.invalidArgument, Self.tooLong))
        }
        guard request.userID.utf8.count <= Self.longestUser else {
            return finish(.failure(.invalidArgument, "the user's id is longer than \(Self.longestUser) bytes"))
        }
        order = ExchangeOrder(request)
        if order.isStreamedUp {
            upload = StreamedBody(order.body, finished: stream.openFinished, stream: stream)
            tryNext()
        } else if stream.openFinished {
            tryNext()
        }
    }

    // MARK: Attempts

    private var demand: BackendTable.Demand {
        BackendTable.Demand(
            model: order.message.model, pinned: order.message.hasBackendIndex ? Int(order.message.backendIndex) : nil,
            isWork: order.kind.isWork, tried: tried)
    }

    private func tryNext() {
        guard !isOver else { return }
        let message = order.message
        let limit =
            message.queueLimitMs > 0
            ? .milliseconds(Int(message.queueLimitMs)) : proxy.settings.duration("OLLAMA_QUEUE_TIMEOUT")
        let ticket = Admission.Ticket(
            demand, user: message.userID.isEmpty ? stream.open.principal.userID : message.userID,
            priority: order.kind.priority(message.priority), limit: limit
        ) { [weak self] in self?.decided($0) }
        self.ticket = ticket
        proxy.admission.admit(ticket, isReturning: attempts > 0)
    }

    private func decided(_ verdict: Admission.Verdict) {
        guard !isOver, let ticket else { return }
        self.ticket = nil
        waited += ticket.waited
        if ticket.position > 0, position == 0 { position = ticket.position }
        switch verdict {
        case .begin(let backend, let reason):
            if ticket.position > 0 { order.queueHeaders = queueHeaders(ticket) }
            choice = reason
            if proxy.logger.logLevel <= .debug { candidates = proxy.table.explanation(ticket.demand) }
            begin(on: backend)
        case .refused(let refusal): refused(refusal)
        case .full(let seconds):
            busy("all Ollama servers are busy and too many requests wait already", seconds, position: nil)
        case .expired(let seconds):
            busy("all Ollama servers are busy: no turn within the time", seconds, position: ticket.position)
        }
    }

    private func begin(on backend: Backend) {
        tried.insert(ObjectIdentifier(backend))
        attempts += 1
        let attempt = Attempt(order, backend: backend, stream: stream, table: proxy.table)
        self.attempt = attempt
        attempt.onEnd = { [weak self] outcome in self?.ended(outcome, backend) }
        if order.kind.isWork { attempt.onRelease = { [admission = proxy.admission] in admission.released() } }
        attempt.start(proxy.client, upload: upload)
    }

    private func refused(_ refusal: BackendTable.Refusal) {
        if let failure = lastFailure { return deliver(failure.head, failure.body) }
        switch refusal {
        case .modelNotFound where !hasRefreshed, .unavailable where !hasRefreshed && attempts == 0:
            // It may have been pulled, or a server started, a moment ago.
            hasRefreshed = true
            Task { @ReactorActor in
                await proxy.table.refreshNow()
                tryNext()
            }
        case .modelNotFound: deliver(404, "model '\(order.message.model)' not found")
        case .noBackend: deliver(503, "no Ollama server is configured")
        case .noSuchIndex(let index): deliver(404, "there is no Ollama server with index \(index)")
        case .unavailable: deliver(503, "no Ollama server that has the model answers")
        }
    }

    private func ended(_ outcome: Attempt.Outcome, _ backend: Backend) {
        attempt = nil
        switch outcome {
        case .complete(let statistics):
            if order.kind == .change { proxy.table.changed(backend) }
            finish(statistics, code: .ok, text: "")
        case .failed(let reason, let mayRepeat, let answer):
            log(
                .warning, "attempt failed", ["backend": "\(backend.url)", "why": "\(reason)", "attempt": "\(attempts)"])
            if let answer { lastFailure = answer }
            if order.isRepeatable || mayRepeat && !order.isStreamedUp { return tryNext() }
            if let answer { return deliver(answer.head, answer.body) }
            deliver(502, "the Ollama server failed: \(reason)")
        case .impossible(let reason): finish(.failure(.invalidArgument, reason))
        case .broken(let reason, let statistics):
            log(.warning, "stream broken", ["backend": "\(backend.url)", "why": "\(reason)"])
            finish(statistics, code: .unavailable, text: reason)
        }
    }

    // MARK: The end

    private func queueHeaders(_ ticket: Admission.Ticket) -> [WireHeader] {
        [
            WireHeader("x-queue-position", "\(ticket.position)"), WireHeader("x-queue-estimate", "\(ticket.estimate)"),
            WireHeader("x-queue-wait", "\(waited.milliseconds)"),
        ]
    }

    private func busy(_ error: String, _ retryAfter: Int, position: Int?) {
        if let failure = lastFailure { return deliver(failure.head, failure.body) }
        var more = [("retry-after", "\(retryAfter)"), ("x-queue-wait", "\(waited.milliseconds)")]
        if let position { more.append(("x-queue-position", "\(position)")) }
        log(.notice, "no turn", ["model": "\(order.message.model)", "why": "\(error)", "retry_after": "\(retryAfter)"])
        deliver(503, error, more)
    }

    private func deliver(_ status: Int, _ error: String, _ headers: [(String, String)] = []) {
        let head = ResponseHead(status: status, headers: [("content-type", "application/json")] + headers)
        deliver(head, ByteBuffer(string: "{\"error\":\(JSONText.quoted(error))}"))
    }

    private func deliver(_ head: ResponseHead, _ body: ByteBuffer) {
        stream.sendHead(head.message(length: body.readableBytes))
        stream.send(body)
        finish(OllamaStatistics(), code: .ok, text: "")
    }

    private func finish(_ statistics: OllamaStatistics, code: WireCode, text: String) {
        var statistics = statistics
        statistics.attempts = attempts
        statistics.totalMs = startedAt.duration(to: .now).seconds * 1000
        statistics.choice = choice
        statistics.waitedMs = waited.seconds * 1000
        statistics.queuePosition = UInt32(clamping: position)
        var end = (try? WireEnd.success(statistics)) ?? WireEnd()
        end.code = code
        end.text = text
        log(
            .debug, "exchange",
            [
                "path": "\(order.message.path)", "model": "\(order.message.model)",
                "backend": "\(statistics.backendURL)", "choice": "\(choice)", "candidates": "\(candidates)",
                "attempts": "\(attempts)", "waited_ms": "\(waited.milliseconds)", "queue_position": "\(position)",
                "first_byte_ms": "\(Int(statistics.firstByteMs))", "total_ms": "\(Int(statistics.totalMs))",
                "bytes": "\(statistics.bytes)", "tokens": "\(statistics.completionTokens)",
                "tokens_per_second": "\(Int(statistics.tokensPerSecond))",
            ])
        finish(end)
    }

    private func finish(_ end: WireEnd) {
        guard !isOver else { return }
        isOver = true
        stream.end(end)
        proxy.ended(self)
    }

    /// Gives up: the drain limit is over.
    func abandon() {
        guard !isOver else { return }
        giveUp()
        stream.reset(.unavailable, "the daemon stops")
        proxy.ended(self)
    }

    private func giveUp() {
        isOver = true
        if let ticket { proxy.admission.cancel(ticket) }
        ticket = nil
        attempt?.cancel()
        attempt = nil
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ fields: @autoclosure () -> Logger.Metadata) {
        guard proxy.logger.logLevel <= level else { return }
        proxy.logger.log(
            level: level, message, metadata: fields().merging(["request_id": "\(stream.open.requestID)"]) { $1 })
    }
}

extension ExchangeRelay: LinkStreamHandler {
    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        if let upload {
            upload.add(bytes, finished: finished)
            attempt?.uploadReady()
            return
        }
        guard order.body.readableBytes + bytes.readableBytes <= proxy.settings.integer("MARTLET_MAX_BODY") else {
            isOver = true
            stream.reset(.invalidArgument, Self.tooLong)
            return proxy.ended(self)
        }
        order.body.writeImmutableBuffer(bytes)
        stream.consumed(bytes.readableBytes)
        if finished { tryNext() }
    }

    func linkWritable(on stream: LinkStream) { attempt?.resume() }

    /// The client left, or its time is over: the backend hears of it at once.
    func linkReset(_ error: LinkError, on stream: LinkStream) {
        guard !isOver else { return }
        giveUp()
        log(.debug, "exchange given up", ["path": "\(order.message.path)", "why": "\(error)"])
        proxy.ended(self)
    }
}
