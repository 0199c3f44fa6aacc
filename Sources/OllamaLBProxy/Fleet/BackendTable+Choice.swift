import DaemonKit
import Reactor

/// The choice of a backend: eligible → has room → not far too slow → warm → strategy.
extension BackendTable {
    /// What a request needs; requests with equal demands can begin at the same moments.
    struct Demand: Hashable, Sendable {
        /// The name that the client used; empty: any backend.
        var model: String
        var pinned: Int?
        /// Takes a place of a server.
        var isWork: Bool
        /// Have failed it already.
        var tried: Set<ObjectIdentifier> = []
    }

    enum Refusal: Equatable {
        case noBackend
        case noSuchIndex(Int)
        case modelNotFound
        case unavailable
    }

    enum Choice {
        case begin(Backend, reason: String)
        /// All that may serve it are at their limits.
        case full
        case refused(Refusal)
    }

    func choose(_ demand: Demand) -> Choice {
        switch eligible(demand) {
        case .failure(let error): return .refused(error.refusal)
        case .success(let eligible):
            let roomy = eligible.filter { hasRoom($0, demand) }
            guard !roomy.isEmpty else { return .full }
            if demand.pinned != nil, let only = roomy.first { return .begin(only, reason: "pinned to \(only.index)") }
            return pick(roomy, of: eligible.count, demand)
        }
    }

    /// Would `choose` find something to do? Changes nothing but breakers whose time is over.
    func isFull(_ demand: Demand) -> Bool {
        guard case .success(let eligible) = eligible(demand) else { return false }
        return !eligible.contains { hasRoom($0, demand) }
    }

    private func pick(_ roomy: [Backend], of eligible: Int, _ demand: Demand) -> Choice {
        let now = ContinuousClock.now
        let swift = roomy.filter { $0.known(demand.model)?.ejection.admits(now: now) ?? true }
        // Whose pause is over is tried at once, else nobody would ever know.
        if let trial = swift.first(where: {
            $0.known(demand.model)?.ejection.isEjected ?? false && $0.working.count == 0
        }) {
            return .begin(trial, reason: "trial of one that was too slow")
        }
        let pool = swift.isEmpty ? roomy : swift
        guard let choice = balancer.choose(pool.map { candidate($0, demand.model, now) }) else {
            return .refused(.unavailable)
        }
        let left = eligible - pool.count
        let reason = left == 0 ? choice.reason : "\(choice.reason), \(left) more full or too slow"
        return .begin(backends[choice.index], reason: reason)
    }

    private func candidate(_ backend: Backend, _ model: String, _ now: ContinuousClock.Instant) -> Balancer.Candidate {
        Balancer.Candidate(
            index: backend.index, active: backend.working.count, isWarm: backend.isWarm(model),
            firstByteMilliseconds: backend.known(model)?.firstByteMilliseconds(now: now),
            weight: backend.share(now: now, over: settings.duration("OLLAMA_SLOW_START")))
    }

    private struct RefusalError: Error {
        var refusal: Refusal
        init(_ refusal: Refusal) { self.refusal = refusal }
    }

    private func eligible(_ demand: Demand) -> Result<[Backend], RefusalError> {
        let enabled = backends.filter(\.options.isEnabled)
        guard !enabled.isEmpty else { return .failure(.init(.noBackend)) }
        if let pinned = demand.pinned {
            guard let backend = enabled.first(where: { $0.index == pinned }) else {
                return .failure(.init(.noSuchIndex(pinned)))
            }
            return demand.tried.contains(ObjectIdentifier(backend))
                ? .failure(.init(.unavailable)) : .success([backend])
        }
        let now = ContinuousClock.now
        let alive = enabled.filter { $0.isHealthy && $0.breaker.admits(now: now) }
        let having = demand.model.isEmpty ? alive : alive.filter { $0.has(demand.model) }
        if having.isEmpty, !alive.isEmpty, !enabled.contains(where: { $0.has(demand.model) }) {
            return .failure(.init(.modelNotFound))
        }
        let left = having.filter { !demand.tried.contains(ObjectIdentifier($0)) }
        return left.isEmpty ? .failure(.init(.unavailable)) : .success(left)
    }

    private func hasRoom(_ backend: Backend, _ demand: Demand) -> Bool {
        guard demand.isWork else { return true }
        let limit = limit(backend)
        if limit > 0 { return backend.working.count < limit }
        guard let record = backend.known(demand.model) else { return true }
        return record.inFlight.count < record.slots.limit
    }

    // MARK: Why

    /// Every backend and what spoke for or against it, for the log: `0: warm, 1/4 active, 41 ms; 1: breaker open`.
    func explanation(_ demand: Demand) -> String {
        backends.map { "\($0.index): \(standing($0, demand))" }.joined(separator: "; ")
    }

    private func standing(_ backend: Backend, _ demand: Demand) -> String {
        if !backend.options.isEnabled { return "disabled" }
        if let pinned = demand.pinned, pinned != backend.index { return "not the one asked for" }
        if demand.tried.contains(ObjectIdentifier(backend)) { return "has failed it" }
        if demand.pinned == nil {
            if !backend.isHealthy { return "down" }
            if backend.breaker.name == "open" { return "breaker open" }
            if !demand.model.isEmpty, !backend.has(demand.model) { return "lacks the model" }
        }
        let now = ContinuousClock.now
        let candidate = candidate(backend, demand.model, now)
        var text = candidate.isWarm ? "warm, " : "cold, "
        let record = backend.known(demand.model)
        let bound = limit(backend)
        text += "\(candidate.active)/\(bound > 0 ? bound : record?.slots.limit ?? SlotLimit.first) active"
        if let first = candidate.firstByteMilliseconds { text += ", \(Int(first)) ms" }
        if candidate.weight != 1 { text += ", weight \((candidate.weight * 100).rounded() / 100)" }
        if record?.ejection.isEjected ?? false { text += ", too slow" }
        return hasRoom(backend, demand) ? text : text + ", full"
    }
}
