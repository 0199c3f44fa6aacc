import Contracts
import DaemonKit
import Egress
import Link
import NIOCore
import Reactor

/// One try of a request on one backend. Counts as active on the backend from `start` to its end, exactly once.
@ReactorActor
final class Attempt: ResponseReceiver {
    enum Outcome {
        case complete(OllamaStatistics)
        /// Nothing has been passed on. `mayRepeat`: the backend has certainly not begun with it.
        case failed(String, mayRepeat: Bool, answer: (head: ResponseHead, body: ByteBuffer)?)
        /// The request itself cannot be made: nothing was sent, and no backend is to blame.
        case impossible(String)
        /// Part of the answer has been passed on, and an honest end after it.
        case broken(String, OllamaStatistics)
    }

    private let request: OllamaExchange
    private let body: ByteBuffer
    private let backend: Backend
    private let stream: LinkStream
    private let settings: Settings
    private var exchange: Exchange?
    private var head: ResponseHead?
    private var hasPassedOn = false
    /// The body of an error answer, held back because another backend may do better.
    private var held = ByteBuffer()
    private var lastLine = LastLine()
    private var firstByteMilliseconds = 0.0
    private var bytes: UInt64 = 0
    private let startedAt = ContinuousClock.now
    private var isCounted = false
    var onEnd: ((Outcome) -> Void)?

    init(request: OllamaExchange, body: ByteBuffer, backend: Backend, stream: LinkStream, settings: Settings) {
        self.request = request
        self.body = body
        self.backend = backend
        self.stream = stream
        self.settings = settings
    }

    func start(_ client: HTTPClient) {
        isCounted = true
        backend.active += 1
        backend.requests += 1
        backend.breaker.begins()
        let timeouts = Request.Timeouts(
            connect: settings.duration("OLLAMA_CONNECT_TIMEOUT"),
            firstByte: settings.duration("OLLAMA_FIRST_BYTE_TIMEOUT"),
            idle: settings.duration("OLLAMA_IDLE_TIMEOUT"), total: nil)
        let upstream = Request(
            method: request.verb, url: backend.url + request.path, headers: request.headers.map { ($0.name, $0.value) },
            body: body.readableBytes > 0 || request.verb == "POST" ? .buffer(body) : nil, timeouts: timeouts)
        exchange = client.start(upstream, self)
    }

    func resume() { exchange?.resume() }

    /// The client left. The connection to the backend is closed at once.
    func cancel() {
        exchange?.cancel()
        release { $0.breaker.abandoned() }
    }

    private func release(_ note: (Backend) -> Void) {
        guard isCounted else { return }
        isCounted = false
        backend.active -= 1
        note(backend)
        exchange = nil
    }

    // MARK: The answer

    func responseHead(_ head: ResponseHead) { self.head = head }

    /// An answer that another backend may do better: overload, failure, or a model that only this one lacks.
    private var isWorthAnother: Bool {
        guard let status = head?.status else { return false }
        return status >= 500 || status == 429 || status == 404 && !request.model.isEmpty
    }

    func responseBody(_ bytes: UnsafeRawBufferPointer) {
        if isWorthAnother {
            if held.readableBytes < 65_536 { held.writeBytes(bytes) }
            return
        }
        passOnHead()
        self.bytes += UInt64(bytes.count)
        lastLine.add(bytes)
        if !stream.send(bytes: bytes) { exchange?.pause() }
    }

    private func passOnHead() {
        guard !hasPassedOn, let head else { return }
        hasPassedOn = true
        firstByteMilliseconds = startedAt.duration(to: .now).seconds * 1000
        let length = head.first("content-length").flatMap { Int($0) }
        stream.sendHead(head.message(length: length))
    }

    func responseEnd(_ result: Result<ResponseSummary, HTTPFailure>) {
        switch result {
        case .success: isWorthAnother ? refused() : completed()
        case .failure(let failure): hasPassedOn ? broken(failure.description) : failed(failure)
        }
    }

    /// A complete answer that says no. Only what speaks of the server itself counts against it.
    private func refused() {
        guard let head else { return }
        let isFault = head.status >= 500
        release { backend in
            if isFault {
                backend.errors += 1
                backend.breaker.failed(now: .now)
            } else {
                backend.breaker.succeeded()
            }
        }
        onEnd?(
            .failed("status \(head.status)", mayRepeat: head.status == 503 || head.status < 500, answer: (head, held)))
    }

    private func failed(_ failure: HTTPFailure) {
        guard failure.kind != .invalidRequest else {
            release { $0.breaker.abandoned() }
            onEnd?(.impossible(failure.message))
            return
        }
        release { backend in
            backend.errors += 1
            backend.breaker.failed(now: .now)
            if case .connect = failure.kind { backend.isUnreachable(failure.description) }
        }
        onEnd?(.failed(failure.description, mayRepeat: !failure.wasSent, answer: nil))
    }

    private func completed() {
        passOnHead()
        let counters = StreamCounters.read(lastLine.line)
        // A line that was too long to keep (the context of /api/generate may be) is not held against the server.
        if isLineStream, !lastLine.isTooLong, counters?.done != true, counters?.error == nil, head?.status == 200 {
            return broken("the server ended the stream before its last line")
        }
        release { $0.breaker.succeeded() }
        let isSuccess = (head?.status ?? 500) < 400
        if isSuccess, counters != nil {
            backend.record(model: request.model, firstByteMilliseconds: firstByteMilliseconds)
            backend.record(tokensPerSecond: counters?.tokensPerSecond ?? 0)
        }
        onEnd?(.complete(statistics(counters)))
    }

    // MARK: Honest ends

    /// A stream of JSON lines of the kind that must end with `"done": true`.
    private var isLineStream: Bool {
        guard request.path.hasPrefix("/api/chat") || request.path.hasPrefix("/api/generate") else { return false }
        return head?.first("content-type")?.lowercased().hasPrefix("application/x-ndjson") ?? false
    }

    /// The client has part of the answer: it gets a well-formed last line that says what happened.
    private func broken(_ reason: String) {
        release { backend in
            backend.errors += 1
            backend.breaker.failed(now: .now)
        }
        let text = JSONText.quoted("the Ollama server failed after \(bytes) bytes: \(reason)")
        let type = head?.first("content-type")?.lowercased() ?? ""
        let separator = lastLine.endsWithBreak ? "" : "\n"
        if type.hasPrefix("application/x-ndjson") {
            stream.send(ByteBuffer(string: "\(separator){\"error\":\(text),\"done\":true,\"done_reason\":\"error\"}\n"))
        } else if type.hasPrefix("text/event-stream") {
            stream.send(ByteBuffer(string: "\(separator)\ndata: {\"error\":{\"message\":\(text)}}\n\n"))
        }
        onEnd?(.broken(reason, statistics(nil)))
    }

    private func statistics(_ counters: StreamCounters?) -> OllamaStatistics {
        var statistics = OllamaStatistics()
        statistics.backendURL = backend.url
        statistics.firstByteMs = firstByteMilliseconds
        statistics.bytes = bytes
        statistics.promptTokens = counters?.prompt_eval_count ?? 0
        statistics.completionTokens = counters?.eval_count ?? 0
        statistics.tokensPerSecond = counters?.tokensPerSecond ?? 0
        statistics.loadMs = (counters?.load_duration ?? 0) / 1e6
        return statistics
    }
}
