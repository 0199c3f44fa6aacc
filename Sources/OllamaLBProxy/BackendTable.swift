import Contracts
import DaemonKit
import Egress
import FoundationEssentials
import Logging
import NIOCore
import Reactor

/// All backends: looks at each again and again, and chooses among them.
@ReactorActor
final class BackendTable {
    private(set) var backends: [Backend] = []
    let client: HTTPClient
    private let logger: Logger
    private var settings: Settings
    private var balancer: Balancer
    private var probes: [ObjectIdentifier: ReactorTimer] = [:]
    private var refresh: Task<Void, Never>?
    private var isStopped = false

    init(settings: Settings, client: HTTPClient, logger: Logger) {
        self.settings = settings
        self.client = client
        self.logger = logger
        balancer = Balancer(strategy: Self.strategy(settings))
        setBackends(settings)
    }

    private static func strategy(_ settings: Settings) -> Balancer.Strategy {
        Balancer.Strategy(rawValue: settings.text("OLLAMA_LB_STRATEGY")) ?? .leastConnections
    }

    var strategyName: String { balancer.strategy.rawValue }

    /// Known backends keep what was learnt of them; what is under way on removed ones goes on.
    func apply(_ new: Settings) {
        settings = new
        balancer.strategy = Self.strategy(new)
        setBackends(new)
        for backend in backends where probes[ObjectIdentifier(backend)] == nil { probe(backend) }
    }

    private func setBackends(_ settings: Settings) {
        let urls = settings.flag("ENABLE_OLLAMA_API") ? settings.list("OLLAMA_BASE_URLS") : []
        var known = Dictionary(backends.map { ($0.url, $0) }) { first, _ in first }
        backends = urls.enumerated().map { index, url in
            let backend = known.removeValue(forKey: url) ?? Backend(index: index, url: url)
            backend.index = index
            return backend
        }
        for gone in known.values { probes.removeValue(forKey: ObjectIdentifier(gone))?.cancel() }
    }

    // MARK: Choice

    enum Refusal: Equatable {
        case noBackend
        case noSuchIndex(Int)
        case modelNotFound
        case unavailable
    }

    /// The backend for a request; `tried` are those that have failed it already.
    func choose(model: String, pinned: Int?, tried: Set<ObjectIdentifier>) -> Result<(Backend, String), RefusalError> {
        guard !backends.isEmpty else { return .failure(.init(.noBackend)) }
        if let pinned {
            guard backends.indices.contains(pinned) else { return .failure(.init(.noSuchIndex(pinned))) }
            let backend = backends[pinned]
            return tried.contains(ObjectIdentifier(backend))
                ? .failure(.init(.unavailable)) : .success((backend, "pinned to \(pinned)"))
        }
        let now = ContinuousClock.now
        let alive = backends.filter { $0.isHealthy && $0.breaker.admits(now: now) }
        let having = model.isEmpty ? alive : alive.filter { $0.has(model) }
        if having.isEmpty, !alive.isEmpty, !isKnownSomewhere(model) { return .failure(.init(.modelNotFound)) }
        let candidates = having.filter { !tried.contains(ObjectIdentifier($0)) }.map { backend in
            Balancer.Candidate(
                index: backend.index, active: backend.active, isWarm: backend.isWarm(model),
                firstByteMilliseconds: backend.firstByteMilliseconds(model))
        }
        guard let choice = balancer.choose(candidates) else { return .failure(.init(.unavailable)) }
        return .success((backends[choice.index], choice.reason))
    }

    /// On a backend that does not answer now, perhaps.
    private func isKnownSomewhere(_ model: String) -> Bool { backends.contains { $0.has(model) } }

    struct RefusalError: Error {
        var refusal: Refusal
        init(_ refusal: Refusal) { self.refusal = refusal }
    }

    // MARK: Looking at them

    /// Looks at every backend once, then again at its interval. Returns when each has answered or a second has passed.
    func start() async {
        let first = Task { @ReactorActor in await lookAtAll() }
        await withCheckedContinuation { continuation in
            var isOver = false
            let finish: @ReactorActor () -> Void = {
                guard !isOver else { return }
                isOver = true
                continuation.resume()
            }
            Reactor.shared.schedule(after: .seconds(1), finish)
            Task { @ReactorActor in
                await first.value
                finish()
            }
        }
        for backend in backends { plan(backend) }
    }

    func stop() {
        isStopped = true
        for timer in probes.values { timer.cancel() }
        probes = [:]
    }

    /// One look for all who ask at the same time.
    func refreshNow() async {
        if let refresh { return await refresh.value }
        let task = Task { @ReactorActor in await lookAtAll() }
        refresh = task
        await task.value
        refresh = nil
    }

    private func lookAtAll() async {
        await withTaskGroup { group in
            for backend in backends { group.addTask { await self.look(backend) } }
        }
    }

    private func plan(_ backend: Backend) {
        guard !isStopped else { return }
        let interval = settings.duration("OLLAMA_PROBE_INTERVAL")
        // Spread, so that many backends are not asked in step.
        let delay = interval * Double.random(in: 0.8...1.2)
        probes[ObjectIdentifier(backend)]?.cancel()
        probes[ObjectIdentifier(backend)] = Reactor.shared.schedule(after: delay) { [weak self] in self?.probe(backend)
        }
    }

    private func probe(_ backend: Backend) {
        Task { @ReactorActor in
            await look(backend)
            if backends.contains(where: { $0 === backend }) { plan(backend) }
        }
    }

    /// /api/tags says whether it lives and what it has; /api/ps and /api/version are asked only then.
    private func look(_ backend: Backend) async {
        let wasHealthy = backend.isHealthy
        do {
            let tags = try await document(backend, "/api/tags")
            let models = (tags["models"]?.elements ?? []).compactMap { model in
                (model["name"] ?? model["model"])?.text.map { ($0, model) }
            }
            backend.sawTags(Dictionary(models) { first, _ in first })
            if case .open = backend.breaker.state {} else { backend.breaker.abandoned() }
            if let loaded = try? await document(backend, "/api/ps") {
                backend.sawLoaded(loaded["models"]?.elements ?? [])
            }
            if backend.version.isEmpty || !wasHealthy, let version = try? await document(backend, "/api/version") {
                backend.sawVersion(version["version"]?.text ?? "")
            }
        } catch {
            backend.isUnreachable("\(error)")
        }
        guard backend.isHealthy != wasHealthy else { return }
        if backend.isHealthy {
            logger.notice(
                "backend is up", metadata: ["backend": "\(backend.url)", "models": "\(backend.models.count)"])
        } else {
            logger.warning("backend is down", metadata: ["backend": "\(backend.url)", "why": "\(backend.lastError)"])
        }
    }

    /// A small JSON document of a backend's.
    func document(_ backend: Backend, _ path: String, timeout: Duration = .seconds(5)) async throws -> JSONValue {
        let timeouts = Request.Timeouts(
            connect: min(settings.duration("OLLAMA_CONNECT_TIMEOUT"), timeout), firstByte: timeout, idle: timeout,
            total: timeout)
        let (head, body) = try await client.collect(
            Request(url: backend.url + path, timeouts: timeouts), limit: 8 << 20)
        guard head.status == 200 else {
            throw HTTPFailure(.protocolError, "\(path): status \(head.status)", wasSent: true)
        }
        return try JSONDecoder().decode(JSONValue.self, from: Data(body.readableBytesView))
    }
}
