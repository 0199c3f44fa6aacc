import Contracts
import DaemonKit
import Egress
import Logging
import Reactor

/// All backends: which there are, and what they share. `+Choice` chooses among them, `+Look` looks at them again and
/// again.
@ReactorActor
final class BackendTable {
    private(set) var backends: [Backend] = []
    let client: HTTPClient
    let logger: Logger
    private(set) var settings: Settings
    var balancer: Balancer
    var probes: [ObjectIdentifier: ReactorTimer] = [:]
    var refresh: Task<Void, Never>?
    var isStopped = false
    /// Backends whose /api/ps is asked at this moment.
    var psUnderWay: Set<ObjectIdentifier> = []
    private(set) var mismatches: [DigestCheck.Mismatch] = []
    /// Something may begin now: a server is back, has a new model, takes more.
    var onRoom: (() -> Void)?

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
        let before = settings
        settings = new
        if before.text("OLLAMA_LB_STRATEGY") != new.text("OLLAMA_LB_STRATEGY") {
            balancer.strategy = Self.strategy(new)
        }
        setBackends(new)
        for backend in backends where probes[ObjectIdentifier(backend)] == nil { probe(backend) }
        checkDigests()
        onRoom?()
    }

    private func setBackends(_ settings: Settings) {
        let urls = settings.flag("ENABLE_OLLAMA_API") ? settings.list("OLLAMA_BASE_URLS") : []
        let options = BackendOptions.all(settings, urls: urls)
        var known = Dictionary(backends.map { ($0.url, $0) }) { first, _ in first }
        backends = urls.enumerated().map { index, url in
            let backend = known.removeValue(forKey: url) ?? Backend(index: index, url: url)
            backend.index = index
            backend.options = options[index]
            return backend
        }
        for gone in known.values { probes.removeValue(forKey: ObjectIdentifier(gone))?.cancel() }
    }

    /// Bound of requests on one backend; 0: learnt.
    func limit(_ backend: Backend) -> Int {
        backend.options.maxInFlight > 0 ? backend.options.maxInFlight : settings.integer("OLLAMA_MAX_IN_FLIGHT")
    }

    func message(_ backend: Backend, queued: Int) -> OllamaBackend {
        backend.message(
            limit: settings.integer("OLLAMA_MAX_IN_FLIGHT"), slowStart: settings.duration("OLLAMA_SLOW_START"),
            queued: queued)
    }

    // MARK: What the fleet knows together

    /// An answer's speed: a backend far below the others at this model is left out.
    func judge(_ backend: Backend, _ model: String, _ record: ModelRecord, sample: Double) {
        guard let average = record.speed.value else { return }
        let others = backends.filter { $0 !== backend && $0.options.isEnabled }.compactMap { other -> Double? in
            guard let known = other.known(model), known.ejection.samples >= 3, !known.ejection.isEjected else {
                return nil
            }
            return known.speed.value
        }
        let wasEjected = record.ejection.isEjected
        record.ejection.measured(
            sample, average: average, median: Ejection.median(others),
            share: Double(settings.integer("OLLAMA_EJECT_BELOW")) / 100, now: .now)
        guard record.ejection.isEjected != wasEjected else { return }
        logger.warning(
            wasEjected ? "backend is fast enough again" : "backend is left out: far slower than the others",
            metadata: [
                "backend": "\(backend.url)", "model": "\(model)", "tokens_per_second": "\(Int(average))",
                "median_of_others": "\(Int(Ejection.median(others) ?? 0))",
            ])
    }

    /// Names that stand for different models on different backends, told once when it changes.
    func checkDigests() {
        let found = DigestCheck.mismatches(
            backends.filter { $0.isHealthy && $0.options.isEnabled }.map { backend in
                (backend.index, backend.models.compactMapValues { $0["digest"]?.text })
            })
        let known = Set(mismatches)
        for mismatch in found where !known.contains(mismatch) {
            logger.warning(
                "a model's name stands for different models",
                metadata: ["model": "\(mismatch.model)", "digests": "\(mismatch.text)"])
        }
        mismatches = found
        for backend in backends {
            backend.mismatches = found.count { $0.variants.contains { $0.backends.contains(backend.index) } }
        }
    }
}
