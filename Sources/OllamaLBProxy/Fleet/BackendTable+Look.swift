import Contracts
import DaemonKit
import Egress
import FoundationEssentials
import Reactor

/// Looking at the backends: whether each lives, what it has and what it has loaded.
extension BackendTable {
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
            for backend in backends where backend.options.isEnabled { group.addTask { await self.look(backend) } }
        }
    }

    private func plan(_ backend: Backend) {
        guard !isStopped else { return }
        let interval = settings.duration("OLLAMA_PROBE_INTERVAL")
        // Spread, so that many backends are not asked in step.
        let delay = interval * Double.random(in: 0.8...1.2)
        probes[ObjectIdentifier(backend)]?.cancel()
        probes[ObjectIdentifier(backend)] = Reactor.shared.schedule(after: delay) { [weak self] in
            self?.probe(backend)
        }
    }

    func probe(_ backend: Backend) {
        Task { @ReactorActor in
            if backend.options.isEnabled { await look(backend) }
            if backends.contains(where: { $0 === backend }) { plan(backend) }
        }
    }

    /// /api/tags says whether it lives and what it has; /api/ps and /api/version are asked only then.
    func look(_ backend: Backend) async {
        let wasHealthy = backend.isHealthy
        do {
            let tags = try await document(backend, "/api/tags")
            if !wasHealthy { backend.cameBack(now: .now) }
            backend.sawTags(tags["models"]?.elements ?? [])
            if let loaded = try? await document(backend, "/api/ps") {
                backend.sawLoaded(loaded["models"]?.elements ?? [])
            }
            if backend.version.isEmpty || !wasHealthy, let version = try? await document(backend, "/api/version") {
                backend.sawVersion(version["version"]?.text ?? "")
            }
        } catch {
            backend.isUnreachable("\(error)")
        }
        checkDigests()
        onRoom?()
        guard backend.isHealthy != wasHealthy else { return }
        if backend.isHealthy {
            logger.notice(
                "backend is up", metadata: ["backend": "\(backend.url)", "models": "\(backend.models.count)"])
        } else {
            logger.warning("backend is down", metadata: ["backend": "\(backend.url)", "why": "\(backend.lastError)"])
        }
    }

    /// Its models have changed.
    func changed(_ backend: Backend) { Task { @ReactorActor in await look(backend) } }

    /// It answered for a model that was not known to be loaded. At most once a second for each backend.
    func lookAtLoaded(_ backend: Backend) {
        guard psUnderWay.insert(ObjectIdentifier(backend)).inserted else { return }
        Task { @ReactorActor in
            if let loaded = try? await document(backend, "/api/ps") {
                backend.sawLoaded(loaded["models"]?.elements ?? [])
            }
            Reactor.shared.schedule(after: .seconds(1)) { self.psUnderWay.remove(ObjectIdentifier(backend)) }
        }
    }

    /// A small JSON document of a backend's.
    func document(_ backend: Backend, _ path: String, timeout: Duration = .seconds(5)) async throws -> JSONValue {
        try await document(url: backend.url, key: backend.options.key, path, timeout: timeout)
    }

    func document(url: String, key: String, _ path: String, timeout: Duration = .seconds(5)) async throws -> JSONValue {
        let timeouts = Request.Timeouts(
            connect: min(settings.duration("OLLAMA_CONNECT_TIMEOUT"), timeout), firstByte: timeout, idle: timeout,
            total: timeout)
        let headers = key.isEmpty ? [] : [("authorization", "Bearer \(key)")]
        let (head, body) = try await client.collect(
            Request(url: url + path, headers: headers, timeouts: timeouts), limit: 8 << 20)
        guard head.status == 200 else {
            throw HTTPFailure(.protocolError, "\(path): status \(head.status)", wasSent: true)
        }
        return try JSONDecoder().decode(JSONValue.self, from: Data(body.readableBytesView))
    }
}
