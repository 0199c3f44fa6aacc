import Contracts
import DaemonKit
import Egress
import Link
import Logging
import NIOCore
import Reactor

/// One `ollama.exchange`: takes the request, chooses a backend, passes the answer on as it comes, and tries another
/// backend while nothing has been passed on and to repeat is safe.
@ReactorActor
final class ExchangeRelay {
    private let stream: LinkStream
    private unowned let proxy: OllamaLBProxyDaemon
    private var request = OllamaExchange()
    private var body = ByteBuffer()
    private var attempt: Attempt?
    private var tried: Set<ObjectIdentifier> = []
    private var attempts: UInt32 = 0
    private var lastFailure: (head: ResponseHead, body: ByteBuffer)?
    private var hasRefreshed = false
    private let startedAt = ContinuousClock.now
    private var choice = ""
    private(set) var isOver = false
    private static let tooLong = "the request's body is longer than MARTLET_MAX_BODY"

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
        self.request = request
        body.writeBytes(request.body)
        self.request.body = .init()
        if stream.openFinished { tryNext() }
    }

    // MARK: Attempts

    /// Requests that change something on the backend are not repeated once it may have seen them.
    private var isRepeatable: Bool {
        !["/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete"].contains { request.path.hasPrefix($0) }
    }

    private var pinned: Int? { request.hasBackendIndex ? Int(request.backendIndex) : nil }

    private func tryNext() {
        guard !isOver else { return }
        switch proxy.table.choose(model: request.model, pinned: pinned, tried: tried) {
        case .success(let (backend, reason)):
            choice = reason
            tried.insert(ObjectIdentifier(backend))
            attempts += 1
            let attempt = Attempt(
                request: request, body: body, backend: backend, stream: stream, settings: proxy.settings)
            self.attempt = attempt
            attempt.onEnd = { [weak self] outcome in self?.ended(outcome, backend) }
            attempt.start(proxy.client)
        case .failure(let error): refused(error.refusal)
        }
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
        case .modelNotFound: deliver(404, "model '\(request.model)' not found")
        case .noBackend: deliver(503, "no Ollama server is configured")
        case .noSuchIndex(let index): deliver(404, "there is no Ollama server with index \(index)")
        case .unavailable: deliver(503, "no Ollama server that has the model answers")
        }
    }

    private func ended(_ outcome: Attempt.Outcome, _ backend: Backend) {
        attempt = nil
        switch outcome {
        case .complete(let statistics): finish(statistics, code: .ok, text: "")
        case .failed(let reason, let mayRepeat, let answer):
            log(
                .warning, "attempt failed", ["backend": "\(backend.url)", "why": "\(reason)", "attempt": "\(attempts)"])
            if let answer { lastFailure = answer }
            if mayRepeat || isRepeatable { return tryNext() }
            if let answer { return deliver(answer.head, answer.body) }
            deliver(502, "the Ollama server failed: \(reason)")
        case .impossible(let reason): finish(.failure(.invalidArgument, reason))
        case .broken(let reason, let statistics):
            log(.warning, "stream broken", ["backend": "\(backend.url)", "why": "\(reason)"])
            finish(statistics, code: .unavailable, text: reason)
        }
    }

    // MARK: The end

    private func deliver(_ status: UInt32, _ error: String) {
        var head = ResponseHead(status: Int(status))
        head.headers = [("content-type", "application/json")]
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
        var end = (try? WireEnd.success(statistics)) ?? WireEnd()
        end.code = code
        end.text = text
        log(
            .debug, "exchange",
            [
                "path": "\(request.path)", "model": "\(request.model)", "backend": "\(statistics.backendURL)",
                "choice": "\(choice)", "attempts": "\(attempts)", "first_byte_ms": "\(Int(statistics.firstByteMs))",
                "total_ms": "\(Int(statistics.totalMs))", "bytes": "\(statistics.bytes)",
                "tokens": "\(statistics.completionTokens)",
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
        attempt?.cancel()
        attempt = nil
        isOver = true
        stream.reset(.unavailable, "the daemon stops")
        proxy.ended(self)
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ fields: Logger.Metadata) {
        proxy.logger.log(
            level: level, message, metadata: fields.merging(["request_id": "\(stream.open.requestID)"]) { $1 })
    }
}

extension ExchangeRelay: LinkStreamHandler {
    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        guard body.readableBytes + bytes.readableBytes <= proxy.settings.integer("MARTLET_MAX_BODY") else {
            isOver = true
            stream.reset(.invalidArgument, Self.tooLong)
            return proxy.ended(self)
        }
        body.writeImmutableBuffer(bytes)
        stream.consumed(bytes.readableBytes)
        if finished { tryNext() }
    }

    func linkWritable(on stream: LinkStream) { attempt?.resume() }

    /// The client left, or its time is over: the backend hears of it at once.
    func linkReset(_ error: LinkError, on stream: LinkStream) {
        guard !isOver else { return }
        isOver = true
        attempt?.cancel()
        attempt = nil
        log(.debug, "exchange given up", ["path": "\(request.path)", "why": "\(error)"])
        proxy.ended(self)
    }
}

extension ResponseHead {
    /// For the wire: without what belongs to one connection. `length`: of the body, where it is known.
    func message(length: Int?) -> WireHead {
        var message = WireHead()
        message.status = UInt32(clamping: status)
        let own: Set<String> = [
            "connection", "keep-alive", "transfer-encoding", "content-length", "date", "trailer", "upgrade",
        ]
        for (name, value) in headers where !own.contains(name.lowercased()) {
            var header = WireHeader()
            header.name = name
            header.value = value
            message.headers.append(header)
        }
        if let length {
            var header = WireHeader()
            header.name = "content-length"
            header.value = String(length)
            message.headers.append(header)
        }
        return message
    }
}
