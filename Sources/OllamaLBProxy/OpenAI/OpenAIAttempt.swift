import Contracts
import DaemonKit
import Egress
import Link
import NIOCore
import Reactor

/// One try of a request on one connection. Counts as active on it from `start` to its end, exactly once.
@ReactorActor
final class OpenAIAttempt: ResponseReceiver {
    enum Outcome {
        case complete(OllamaStatistics)
        /// A whole answer that says no. Nothing has been passed on.
        case refused(status: Int, body: [UInt8], headers: [(String, String)])
        /// Nothing has been passed on. `wasSent`: the server may have begun with it.
        case failed(String, wasSent: Bool, isTimeout: Bool)
        /// The request itself cannot be made; no server is to blame.
        case impossible(String)
        /// Part of the answer has been passed on, and an honest end after it.
        case broken(String, OllamaStatistics)
    }

    private let server: OpenAIServer
    private let stream: LinkStream
    /// The answer must have a body, and a stream an end that says so.
    private let isInference: Bool
    private var exchange: Exchange?
    private var head: ResponseHead?
    private var hasPassedOn = false
    private var held: [UInt8] = []
    private var tail = AnswerTail()
    private var keepsTail = false
    private var isEventStream = false
    private var firstByteMilliseconds = 0.0
    private var bytes: UInt64 = 0
    private let startedAt = ContinuousClock.now
    private var isCounted = false
    var onEnd: ((Outcome) -> Void)?

    init(server: OpenAIServer, stream: LinkStream, isInference: Bool) {
        self.server = server
        self.stream = stream
        self.isInference = isInference
    }

    func start(_ request: Request, on client: HTTPClient) {
        isCounted = true
        server.active += 1
        server.requests += 1
        exchange = client.start(request, self)
    }

    func resume() { exchange?.resume() }

    /// The client left. The connection to the server is closed at once.
    func cancel() {
        exchange?.cancel()
        release(isError: false)
    }

    private func release(isError: Bool) {
        guard isCounted else { return }
        isCounted = false
        server.active -= 1
        if isError { server.errors += 1 }
        exchange = nil
    }

    // MARK: The answer

    func responseHead(_ head: ResponseHead) {
        self.head = head
        let type = head.first("content-type")?.lowercased() ?? ""
        isEventStream = type.hasPrefix("text/event-stream")
        keepsTail = isEventStream || type.contains("json")
    }

    /// Redirects are not followed: a key must not go where a server points.
    private var isRefusal: Bool { (head?.status ?? 500) >= 300 }

    func responseBody(_ bytes: UnsafeRawBufferPointer) {
        if isRefusal {
            if held.count < OpenAIErrorBody.limit { held.append(contentsOf: bytes) }
            return
        }
        passOnHead()
        self.bytes += UInt64(bytes.count)
        if keepsTail { tail.add(bytes) }
        if !stream.send(bytes: bytes) { exchange?.pause() }
    }

    private func passOnHead() {
        guard !hasPassedOn, let head else { return }
        hasPassedOn = true
        firstByteMilliseconds = startedAt.duration(to: .now).seconds * 1000
        let length = head.first("content-length").flatMap { Int($0) }
        stream.sendHead(OpenAIAnswerHead.passed(head).message(length: length))
    }

    func responseEnd(_ result: Result<ResponseSummary, HTTPFailure>) {
        switch result {
        case .success: isRefusal ? refused() : completed()
        case .failure(let failure) where hasPassedOn: broken(OpenAIErrorBody.reason(failure))
        case .failure(let failure): failed(failure)
        }
    }

    private func refused() {
        guard let head else { return }
        release(isError: head.status >= 500)
        guard head.status >= 400 else {
            onEnd?(.failed("it redirects (status \(head.status))", wasSent: true, isTimeout: false))
            return
        }
        let body = OpenAIErrorBody.normalised(held, status: head.status, key: server.connection.key)
        onEnd?(.refused(status: head.status, body: body, headers: OpenAIAnswerHead.ofRefusal(head)))
    }

    private func failed(_ failure: HTTPFailure) {
        release(isError: failure.kind != .invalidRequest)
        let reason = OpenAIErrorBody.reason(failure)
        switch failure.kind {
        case .invalidRequest:
            onEnd?(.impossible(failure.message))
            return
        case .connect, .connectTimeout, .resolve: server.isUnreachable(failure.description)
        default: break
        }
        let isTimeout = [.connectTimeout, .firstByteTimeout, .totalTimeout].contains(failure.kind)
        onEnd?(.failed(reason, wasSent: failure.wasSent, isTimeout: isTimeout))
    }

    private func completed() {
        guard !isInference || bytes > 0 else {
            release(isError: true)
            onEnd?(.failed("its answer is empty", wasSent: true, isTimeout: false))
            return
        }
        passOnHead()
        if isInference, isEventStream, !tail.saysEnd {
            return broken("it ended the stream before the answer was whole")
        }
        release(isError: false)
        onEnd?(.complete(statistics()))
    }

    /// The client has part of the answer: in a stream it gets a well-formed last event that says what happened.
    private func broken(_ reason: String) {
        release(isError: true)
        if isEventStream {
            let separator = tail.endsWithEvent ? "" : tail.endsWithBreak ? "\n" : "\n\n"
            let text = "the server failed after \(bytes) bytes: \(reason)"
            stream.send(ByteBuffer(string: separator + OpenAIErrorText.event(text, code: "stream_broken")))
        }
        onEnd?(.broken(reason, statistics()))
    }

    private func statistics() -> OllamaStatistics {
        let total = startedAt.duration(to: .now).seconds * 1000
        let usage = tail.usage
        var statistics = OllamaStatistics()
        statistics.backendURL = OpenAIConnection.withoutCredentials(server.connection.url)
        statistics.firstByteMs = firstByteMilliseconds
        statistics.bytes = bytes
        statistics.promptTokens = usage?.promptTokens ?? 0
        statistics.completionTokens = usage?.completionTokens ?? 0
        // Only a stream shows how long the tokens themselves took.
        let span = isEventStream ? total - firstByteMilliseconds : total
        if let tokens = usage?.completionTokens, tokens > 0, span > 0 {
            statistics.tokensPerSecond = Double(tokens) / span * 1000
        }
        return statistics
    }
}
