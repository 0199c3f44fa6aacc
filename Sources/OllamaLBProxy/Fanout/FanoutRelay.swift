import Contracts
import DaemonKit
import Egress
import Link
import Logging
import NIOCore
import Reactor

/// One `ollama.fanout`: the same request to every backend that is concerned, their progress as one stream. None is
/// repeated, and a client that leaves ends all of them.
@ReactorActor
final class FanoutRelay: Relay {
    private let stream: LinkStream
    private unowned let proxy: OllamaLBProxyDaemon
    private var request = OllamaFanout()
    private var body = ByteBuffer()
    private var legs: [FanoutLeg] = []
    private var hasHead = false
    private var isOver = false
    private let startedAt = ContinuousClock.now

    init(_ stream: LinkStream, proxy: OllamaLBProxyDaemon) {
        self.stream = stream
        self.proxy = proxy
    }

    func begin() {
        stream.handler = self
        guard let request = try? OllamaFanout(serializedBytes: stream.open.message), request.path.hasPrefix("/"),
            !request.verb.isEmpty
        else { return fail("a fan-out needs a verb and a path that begins with /") }
        self.request = request
        body.writeBytes(request.body)
        self.request.body = .init()
        if stream.openFinished { start(mayRefresh: true) }
    }

    // MARK: Who is concerned

    private func start(mayRefresh: Bool) {
        guard !isOver else { return }
        if let unknown = request.backendIndices.first(where: { enabled(Int($0)) == nil }) {
            return refuse(404, "there is no Ollama server with index \(unknown)")
        }
        let concerned = concerned()
        if mayRefresh, concerned.isEmpty || request.scope == .having {
            // It may have been pulled, or a server started, a moment ago: none that has the model may be left out.
            Task { @ReactorActor in
                await proxy.table.refreshNow()
                start(mayRefresh: false)
            }
            return
        }
        guard !concerned.isEmpty else {
            return request.model.isEmpty
                ? refuse(503, "no Ollama server is configured") : refuse(404, "model '\(request.model)' not found")
        }
        legs = concerned.map { FanoutLeg($0, needsSuccess: needsSuccess) }
        for leg in legs {
            leg.onLine = { [weak self] line, leg in self?.pass(line, leg) }
            leg.onEnd = { [weak self] leg in self?.ended(leg) }
        }
        for leg in legs {
            if leg.backend.isHealthy || concerned.count == 1 {
                leg.start(upstream(leg.backend), proxy.client)
            } else {
                leg.skip("down: \(leg.backend.lastError)")
            }
        }
    }

    private func enabled(_ index: Int) -> Backend? {
        proxy.table.backends.first { $0.index == index && $0.options.isEnabled }
    }

    private func concerned() -> [Backend] {
        if !request.backendIndices.isEmpty {
            return Set(request.backendIndices).sorted().compactMap { enabled(Int($0)) }
        }
        let all = proxy.table.backends.filter(\.options.isEnabled)
        switch request.scope {
        case .having: return all.filter { $0.has(request.model) }
        case .loaded: return all.filter { $0.isHealthy && $0.isWarm(request.model) }
        case .one:
            let demand = BackendTable.Demand(model: request.model, pinned: nil, isWork: false)
            guard case .begin(let backend, _) = proxy.table.choose(demand) else { return [] }
            return [backend]
        case .all, .UNRECOGNIZED: return all
        }
    }

    private var needsSuccess: Bool { ["/api/pull", "/api/push", "/api/create"].contains(request.path) }

    private func upstream(_ backend: Backend) -> Request {
        let settings = proxy.settings
        // Without progress nothing comes until a model is there.
        let isPatient = needsSuccess && !request.stream
        let timeouts = Request.Timeouts(
            connect: settings.duration("OLLAMA_CONNECT_TIMEOUT"),
            firstByte: isPatient ? nil : settings.duration("OLLAMA_FIRST_BYTE_TIMEOUT"),
            idle: settings.duration("OLLAMA_IDLE_TIMEOUT"), total: nil)
        var headers = request.headers.map { ($0.name, $0.value) }
        if !backend.options.key.isEmpty { headers.append(("authorization", "Bearer \(backend.options.key)")) }
        return Request(
            method: request.verb, url: backend.url + request.path, headers: headers,
            body: body.readableBytes > 0 ? .buffer(backend.options.localised(body)) : nil, timeouts: timeouts,
            mayReuseConnection: false)
    }

    // MARK: Progress

    private func pass(_ line: FanoutMerge.Line, _ leg: FanoutLeg) {
        guard request.stream, !isOver else { return }
        sendHead(200)
        write(FanoutMerge.text(line, of: leg.source) + "\n")
    }

    private func ended(_ leg: FanoutLeg) {
        if leg.outcome.ok {
            proxy.table.changed(leg.backend)
        } else if !isOver, hasHead, legs.count > 1 {
            write(FanoutMerge.text(.failure(leg.outcome.error), of: leg.source) + "\n")
        }
        if !isOver, legs.allSatisfy(\.isOver) { finish() }
    }

    private func sendHead(_ status: Int) {
        guard !hasHead else { return }
        hasHead = true
        let type = status == 200 && request.stream ? "application/x-ndjson" : "application/json"
        stream.sendHead(ResponseHead(status: status, headers: [("content-type", type)]).message(length: nil))
    }

    private func write(_ text: String) { if !stream.send(ByteBuffer(string: text)) { for leg in legs { leg.pause() } } }

    private func finish() {
        var result = OllamaFanoutResult()
        result.outcomes = legs.map(\.outcome)
        let failure = result.outcomes.first { !$0.ok }
        sendHead(failure.map { $0.status >= 400 ? Int($0.status) : 502 } ?? 200)
        write(FanoutMerge.end(result.outcomes) + "\n")
        proxy.logger.notice(
            "fan-out",
            metadata: [
                "request_id": "\(stream.open.requestID)", "path": "\(request.path)", "model": "\(request.model)",
                "backends": "\(legs.count)", "failed": "\(result.outcomes.count { !$0.ok })",
                "total_ms": "\(startedAt.duration(to: .now).milliseconds)",
            ])
        over { stream.end((try? WireEnd.success(result)) ?? WireEnd()) }
    }

    // MARK: Ends

    private func refuse(_ status: Int, _ error: String) {
        sendHead(status)
        write("{\"error\":\(JSONText.quoted(error))}")
        over { stream.end((try? WireEnd.success(OllamaFanoutResult())) ?? WireEnd()) }
    }

    private func fail(_ text: String) { over { stream.end(.failure(.invalidArgument, text)) } }

    private func over(_ close: () -> Void) {
        guard !isOver else { return }
        isOver = true
        close()
        for leg in legs where !leg.isOver { leg.cancel() }
        proxy.ended(self)
    }

    func abandon() { over { stream.reset(.unavailable, "the daemon stops") } }
}

extension FanoutRelay: LinkStreamHandler {
    func linkData(_ bytes: ByteBuffer, finished: Bool, on stream: LinkStream) {
        guard body.readableBytes + bytes.readableBytes <= proxy.settings.integer("MARTLET_MAX_BODY") else {
            return over { stream.reset(.invalidArgument, "the request's body is longer than MARTLET_MAX_BODY") }
        }
        body.writeImmutableBuffer(bytes)
        stream.consumed(bytes.readableBytes)
        if finished { start(mayRefresh: true) }
    }

    func linkWritable(on stream: LinkStream) { for leg in legs { leg.resume() } }

    func linkReset(_ error: LinkError, on stream: LinkStream) { over {} }
}
