import Contracts
import DaemonKit
import Reactor

/// What is told of the whole fleet: `ollama.backends`, `ollama.stats`, `martlet status` and /metrics.
@ReactorActor
struct FleetStats {
    let table: BackendTable
    let admission: Admission

    private var messages: [OllamaBackend] {
        table.backends.map { table.message($0, queued: admission.queued(on: $0)) }
    }

    var backends: OllamaBackends {
        var reply = OllamaBackends()
        reply.backends = messages
        reply.strategy = table.strategyName
        return reply
    }

    var stats: OllamaStats {
        var stats = OllamaStats()
        stats.backends = zip(table.backends, messages).map { backend, message in
            var one = OllamaBackendStats()
            one.backend = message
            one.models = backend.modelStats
            one.avgResponseMs = backend.wholeAnswer.value ?? 0
            one.samples = backend.wholeAnswer.samples
            return one
        }
        stats.queue = admission.stats
        stats.strategy = table.strategyName
        stats.digestMismatches = table.mismatches.map(\.message)
        return stats
    }

    func report(exchanges: UInt64, inFlight: Int, connections: Int) -> DaemonReport {
        var report = DaemonReport()
        report.inFlight = UInt64(inFlight)
        report.backends = messages
        report.figures = [
            .counter("martlet_ollama_exchanges", "Exchanges taken up", Double(exchanges)),
            .gauge("martlet_ollama_upstream_connections", "Connections to Ollama servers", Double(connections)),
            .gauge(
                "martlet_ollama_digest_mismatches", "Names that stand for different models",
                Double(table.mismatches.count)),
        ]
        report.figures += queueFigures
        for (backend, message) in zip(table.backends, report.backends) {
            report.figures += figures(message) + figures(backend)
        }
        return report
    }

    private var queueFigures: [ControlFigure] {
        let queue = admission.stats
        let waiting: [(String, UInt32)] = [
            ("interactive", queue.interactive), ("embedding", queue.embedding), ("job", queue.job),
        ]
        let ends: [(String, UInt64)] = [
            ("admitted", queue.admitted), ("refused", queue.refused), ("expired", queue.expired), ("left", queue.left),
        ]
        return waiting.map {
            .gauge("martlet_ollama_queue_waiting", "Requests that wait for a server", Double($1), ["class": $0])
        }
            + ends.map { .counter("martlet_ollama_queue", "Requests that had to wait", Double($1), ["end": $0]) }
            + [
                .counter(
                    "martlet_ollama_queue_wait_seconds", "Time that admitted requests waited",
                    admission.figures.waitedSeconds),
                .gauge("martlet_ollama_queue_drain", "Places freed in a second of late", queue.drainPerSecond),
            ]
    }

    private func figures(_ backend: OllamaBackend) -> [ControlFigure] {
        let labels = ["backend": backend.url]
        return [
            .gauge("martlet_ollama_backend_up", "1 when the server answers", backend.healthy ? 1 : 0, labels),
            .gauge("martlet_ollama_backend_active", "Requests under way", Double(backend.active), labels),
            .gauge("martlet_ollama_backend_limit", "Most requests at a time; 0: learnt", Double(backend.limit), labels),
            .gauge("martlet_ollama_backend_queued", "Requests that wait for it", Double(backend.queued), labels),
            .counter("martlet_ollama_backend_requests", "Requests sent", Double(backend.requests), labels),
            .counter("martlet_ollama_backend_errors", "Requests that failed", Double(backend.errors), labels),
            .counter("martlet_ollama_backend_cold_starts", "Models loaded", Double(backend.coldStarts), labels),
            .gauge(
                "martlet_ollama_backend_ejected", "1 when it is left out as too slow", backend.ejected ? 1 : 0, labels),
            .gauge("martlet_ollama_backend_first_byte_milliseconds", "Moving average", backend.avgTtfbMs, labels),
            .gauge("martlet_ollama_backend_tokens_per_second", "Moving average", backend.avgTokensPerSecond, labels),
        ]
    }

    /// By model, for those that were asked most: the figures travel in every beat.
    private func figures(_ backend: Backend) -> [ControlFigure] {
        let asked = backend.measured.filter { $0.key != Backend.untracked && $0.key.utf8.count <= Self.longestLabel }
            .sorted { ($0.value.requests, $1.key) > ($1.value.requests, $0.key) }
        return asked.prefix(Self.mostModels).flatMap { name, record -> [ControlFigure] in
            let labels = ["backend": backend.url, "model": name]
            return [
                .counter("martlet_ollama_model_requests", "Requests sent", Double(record.requests), labels),
                .counter("martlet_ollama_model_errors", "Requests that failed", Double(record.errors), labels),
                .counter("martlet_ollama_model_cold_starts", "Times loaded", Double(record.coldStarts), labels),
                .counter("martlet_ollama_model_prompt_tokens", "Tokens read", Double(record.promptTokens), labels),
                .counter(
                    "martlet_ollama_model_completion_tokens", "Tokens made", Double(record.completionTokens), labels),
                .gauge(
                    "martlet_ollama_model_first_byte_milliseconds", "Moving average", record.firstByte.value ?? 0,
                    labels),
                .gauge("martlet_ollama_model_tokens_per_second", "Moving average", record.speed.value ?? 0, labels),
                .gauge(
                    "martlet_ollama_model_slots", "Requests at a time, as learnt", Double(record.slots.limit), labels),
            ]
        }
    }

    private static let mostModels = 20
    private static let longestLabel = 128
}

extension DigestCheck.Mismatch {
    var message: OllamaDigestMismatch {
        var message = OllamaDigestMismatch()
        message.model = model
        message.variants = variants.map { variant in
            var one = OllamaDigestMismatch.Variant()
            one.digest = variant.digest
            one.backends = variant.backends.map { UInt32(clamping: $0) }
            return one
        }
        return message
    }
}
