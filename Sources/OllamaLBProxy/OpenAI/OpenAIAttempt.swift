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
    /// The server answers as `/responses` do, and its client asked for a chat completion.
    private var conversion: ResponsesStream?
    private var whole: [UInt8] = []
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

    init(server: OpenAIServer, stream: LinkStream, isInference: Bool, conversion: ResponsesStream?) {
        self.server = server
        self.stream = stream
        self.isInference = isInference
        self.conversion = conversion
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
        if self.bytes == 0 { firstByteMilliseconds = startedAt.duration(to: .now).seconds * 1000 }
        self.bytes += UInt64(bytes.count)
        if keepsTail { tail.add(bytes) }
        guard conversion == nil else { return convert(bytes) }
        passOnHead(length: head?.first("content-length").flatMap { Int($0) })
        if !stream.send(bytes: bytes) { exchange?.pause() }
    }

    private func convert(_ bytes: UnsafeRawBufferPointer) {
        guard isEventStream else {
            if whole.count <= Self.wholeLimit { whole.append(contentsOf: bytes) }
            return
        }
        passOnHead(length: nil)
        guard let converted = conversion?.add(bytes), !converted.isEmpty else { return }
        if !stream.send(ByteBuffer(bytes: converted)) { exchange?.pause() }
    }

    private static let wholeLimit = 32 << 20

    private func passOnHead(length: Int?) {
        guard !hasPassedOn, let head else { return }
        hasPassedOn = true
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
        guard !isInference || bytes > 0 else { return useless("its answer is empty") }
        if conversion != nil, !isEventStream {
            guard whole.count <= Self.wholeLimit, let chat = try? ResponsesAnswer.converted(whole) else {
                return useless("its answer is not that of /responses")
            }
            passOnHead(length: chat.count)
            stream.send(ByteBuffer(bytes: chat))
        }
        passOnHead(length: 0)
        if isInference, isEventStream, !tail.saysEnd || conversion?.isOver == false {
            return broken("it ended the stream before the answer was whole")
        }
        release(isError: false)
        onEnd?(.complete(statistics()))
    }

    private func useless(_ reason: String) {
        release(isError: true)
        onEnd?(.failed(reason, wasSent: true, isTimeout: false))
    }

    /// The client has part of the answer: in a stream it gets a well-formed last event that says what happened.
    private func broken(_ reason: String) {
        release(isError: true)
        if isEventStream {
            let isWhole = conversion != nil || tail.endsWithEvent
            let separator = isWhole ? "" : tail.endsWithBreak ? "\n" : "\n\n"
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
