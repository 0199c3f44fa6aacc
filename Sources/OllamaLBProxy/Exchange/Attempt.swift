import Contracts
import DaemonKit
import Egress
import Link
import NIOCore
import Reactor

/// One try of a request on one backend. What it counts as under way is given back at its end, exactly once.
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

    let order: ExchangeOrder
    let backend: Backend
    private let record: ModelRecord
    private let stream: LinkStream
    private let table: BackendTable
    private var exchange: Exchange?
    private var head: ResponseHead?
    private var form = ReplyForm.bytes
    private var hasPassedOn = false
    private var wasPaused = false
    /// The body of an error answer or of a document, held back because another backend may do better.
    private var held = ByteBuffer()
    private var lastLine = LastLine()
    private var firstByteMilliseconds = 0.0
    private var bytes: UInt64 = 0
    private let startedAt = ContinuousClock.now
    private var token: InFlightToken?
    private var runningToken: InFlightToken?
    private var pass = Breaker.Pass.none
    private var inFlightAtStart = 0
    private var isUnderWay = false
    var onEnd: ((Outcome) -> Void)?
    /// It takes no place any more.
    var onRelease: (() -> Void)?

    init(_ order: ExchangeOrder, backend: Backend, stream: LinkStream, table: BackendTable) {
        self.order = order
        self.backend = backend
        self.stream = stream
        self.table = table
        record = backend.record(order.message.model)
    }

    func start(_ client: HTTPClient, upload: (any UploadSource)?) {
        isUnderWay = true
        let work = order.kind.isWork ? [backend.working, record.inFlight] : []
        token = InFlightToken([backend.inFlight] + work)
        inFlightAtStart = record.inFlight.count
        backend.requests += 1
        record.requests += 1
        pass = backend.breaker.begins()
        if order.kind.isWork { record.ejection.begins(now: .now) }
        exchange = client.start(order.request(to: backend, table.settings, upload: upload), self)
    }

    func resume() { exchange?.resume() }
    func uploadReady() { exchange?.uploadReady() }

    /// The client left. The connection to the backend is closed at once.
    func cancel() {
        exchange?.cancel()
        release { backend, pass in backend.breaker.abandoned(pass) }
        record.ejection.abandoned(now: .now)
    }

    private func release(_ note: (Backend, Breaker.Pass) -> Void) {
        guard isUnderWay else { return }
        isUnderWay = false
        token = nil
        runningToken = nil
        note(backend, pass)
        exchange = nil
        onRelease?()
        onRelease = nil
    }

    /// The backend is to blame.
    private func releaseFailed() {
        release { backend, pass in
            backend.errors += 1
            backend.breaker.failed(pass, now: .now)
        }
        record.errors += 1
        record.ejection.abandoned(now: .now)
    }

    // MARK: The answer

    func responseHead(_ head: ResponseHead) {
        self.head = head
        form = ReplyForm(head, path: order.message.path)
        lastLine = LastLine(keepsBefore: form == .events)
    }

    /// An answer that another backend may do better: overload, failure, or a model that only this one lacks.
    private var isWorthAnother: Bool {
        guard let status = head?.status else { return false }
        return status >= 500 || status == 429 || status == 404 && !order.message.model.isEmpty
    }

    /// Longer documents are passed on before they are whole.
    private static let longestHeld = 1 << 20

    func responseBody(_ bytes: UnsafeRawBufferPointer) {
        if firstByteMilliseconds == 0 { began() }
        if isWorthAnother {
            if held.readableBytes < 65_536 { held.writeBytes(bytes) }
            return
        }
        self.bytes += UInt64(bytes.count)
        if form == .document, !hasPassedOn {
            held.writeBytes(bytes)
            if held.readableBytes > Self.longestHeld { passOnHeld() }
            return
        }
        if !hasPassedOn { passOnHead() }
        lastLine.add(bytes)
        if !stream.send(bytes: bytes) { pause() }
    }

    private func pause() {
        wasPaused = true
        exchange?.pause()
    }

    private func began() {
        firstByteMilliseconds = max(0.001, startedAt.duration(to: .now).seconds * 1000)
        guard order.kind.isWork, form.isStream, head?.status == 200 else { return }
        runningToken = InFlightToken([record.running])
        let before = record.slots.limit
        record.slots.began(running: record.running.count)
        if record.slots.limit > before { table.onRoom?() }
    }

    private func passOnHead() {
        guard !hasPassedOn, let head else { return }
        hasPassedOn = true
        let length = head.first("content-length").flatMap { Int($0) }
        stream.sendHead(head.message(length: length, more: order.queueHeaders))
    }

    private func passOnHeld() {
        passOnHead()
        let isTaken = stream.send(held)
        held = ByteBuffer()
        if !isTaken { pause() }
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
        if head.status >= 500 {
            releaseFailed()
        } else {
            release { backend, _ in backend.succeeded(now: .now) }
            record.ejection.abandoned(now: .now)
        }
        // Another 404 says that it does not know the path.
        if head.status == 404, String(buffer: held).contains("model") { backend.lacks(order.message.model) }
        if head.status == 503 || head.status == 429 { record.slots.refused(inFlight: inFlightAtStart) }
        onEnd?(
            .failed("status \(head.status)", mayRepeat: head.status == 503 || head.status < 500, answer: (head, held)))
    }

    private func failed(_ failure: HTTPFailure) {
        guard failure.kind != .invalidRequest else {
            release { backend, pass in backend.breaker.abandoned(pass) }
            onEnd?(.impossible(failure.message))
            return
        }
        releaseFailed()
        if case .connect = failure.kind { backend.isUnreachable(failure.description) }
        onEnd?(.failed(failure.description, mayRepeat: !failure.wasSent, answer: nil))
    }

    private func completed() {
        let isSuccess = (head?.status ?? 500) < 400
        if form == .document { held.withUnsafeReadableBytes { lastLine.add($0) } }
        let counters = StreamCounters.read(lastLine.telling)
        if isSuccess, let fault = form.fault(lastLine, counters, bytes: bytes, of: order.kind) {
            return hasPassedOn ? broken(fault) : failed(HTTPFailure(.protocolError, fault, wasSent: true))
        }
        if form == .document { passOnHeld() } else { passOnHead() }
        let account = AnswerAccount(
            counters, firstByteMilliseconds: firstByteMilliseconds,
            totalMilliseconds: startedAt.duration(to: .now).seconds * 1000, isStreamed: form.isStream,
            wasPaused: wasPaused)
        if isSuccess { note(account, counters) }
        release { backend, _ in backend.succeeded(now: .now) }
        onEnd?(.complete(statistics(account)))
    }

    private func note(_ account: AnswerAccount, _ counters: StreamCounters?) {
        let model = order.message.model
        if counters?.error != nil {
            backend.errors += 1
            record.errors += 1
        }
        guard order.kind.isWork, counters?.error == nil else { return record.ejection.abandoned(now: .now) }
        backend.answered(account, record, now: .now)
        if !account.isColdStart {
            record.slots.ended(inFlight: inFlightAtStart, work: account.work ?? .zero, waited: account.waited)
        }
        if account.tokensPerSecond > 0 {
            table.judge(backend, model, record, sample: account.tokensPerSecond)
        } else {
            record.ejection.abandoned(now: .now)
        }
        if !backend.isWarm(model) { table.lookAtLoaded(backend) }
    }

    // MARK: Honest ends

    /// The client has part of the answer: it gets a well-formed last line that says what happened.
    private func broken(_ reason: String) {
        releaseFailed()
        if let end = form.honestEnd(
            "the Ollama server failed after \(bytes) bytes: \(reason)", afterBreak: lastLine.endsWithBreak)
        {
            stream.send(ByteBuffer(string: end))
        }
        let total = startedAt.duration(to: .now).seconds * 1000
        onEnd?(
            .broken(
                reason,
                statistics(
                    AnswerAccount(
                        nil, firstByteMilliseconds: firstByteMilliseconds, totalMilliseconds: total, isStreamed: true,
                        wasPaused: wasPaused))))
    }

    private func statistics(_ account: AnswerAccount) -> OllamaStatistics {
        var statistics = OllamaStatistics()
        statistics.backendURL = backend.url
        statistics.model = order.message.model
        statistics.firstByteMs = account.firstByteMilliseconds
        statistics.bytes = bytes
        statistics.promptTokens = account.promptTokens
        statistics.completionTokens = account.completionTokens
        statistics.tokensPerSecond = account.tokensPerSecond
        statistics.loadMs = account.loadMilliseconds
        statistics.coldStart = account.isColdStart
        return statistics
    }
}
