import Contracts
import Egress
import NIOCore
import Reactor

/// A fan-out's request on one backend: its lines as they come, and how it ended.
@ReactorActor
final class FanoutLeg: ResponseReceiver {
    let backend: Backend
    let source: FanoutMerge.Source
    private(set) var outcome = OllamaFanoutOutcome()
    private(set) var isOver = false
    /// The answer must say `success` in the end (pull, push, create).
    private let needsSuccess: Bool
    private var hasSuccess = false
    private var failure = ""
    private var splitter = LineSplitter()
    private var exchange: Exchange?
    private var token: InFlightToken?
    /// Lines that are no JSON: what an old server or another program says in its error.
    private var plain = ""
    var onLine: ((FanoutMerge.Line, FanoutLeg) -> Void)?
    var onEnd: ((FanoutLeg) -> Void)?

    init(_ backend: Backend, needsSuccess: Bool) {
        self.backend = backend
        self.needsSuccess = needsSuccess
        source = FanoutMerge.Source(index: backend.index, url: backend.url)
        outcome.index = UInt32(clamping: backend.index)
        outcome.url = backend.url
    }

    func start(_ request: Request, _ client: HTTPClient) {
        token = InFlightToken([backend.inFlight])
        backend.requests += 1
        exchange = client.start(request, self)
    }

    /// It is down: it is not asked.
    func skip(_ why: String) { end(why) }

    func pause() { exchange?.pause() }
    func resume() { exchange?.resume() }

    func cancel() {
        exchange?.cancel()
        exchange = nil
        token = nil
        isOver = true
    }

    func responseHead(_ head: ResponseHead) { outcome.status = UInt32(clamping: head.status) }

    func responseBody(_ bytes: UnsafeRawBufferPointer) { for line in splitter.add(bytes) { took(line) } }

    func responseEnd(_ result: Result<ResponseSummary, HTTPFailure>) {
        if let rest = splitter.finish() { took(rest) }
        exchange = nil
        token = nil
        switch result {
        case .failure(let failure):
            backend.errors += 1
            end(failure.description)
        case .success where outcome.status >= 400:
            end(failure.isEmpty ? plain.isEmpty ? "status \(outcome.status)" : plain : failure)
        case .success where !failure.isEmpty: end(failure)
        case .success where needsSuccess && !hasSuccess: end("the server ended before it said success")
        case .success: end(nil)
        }
    }

    private func took(_ bytes: [UInt8]) {
        guard let line = FanoutMerge.Line(bytes) else {
            if plain.isEmpty { plain = String(decoding: bytes.prefix(512), as: UTF8.self) }
            return
        }
        switch line {
        case .failure(let why): failure = why
        case .success:
            hasSuccess = true
            onLine?(line, self)
        case .progress: onLine?(line, self)
        }
    }

    private func end(_ error: String?) {
        guard !isOver else { return }
        isOver = true
        outcome.ok = error == nil
        outcome.error = error ?? ""
        onEnd?(self)
        onLine = nil
        onEnd = nil
    }
}
