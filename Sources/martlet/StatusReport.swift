import Contracts
import FoundationEssentials

/// What `martlet status` prints. Fields of the JSON form may be added, never renamed.
enum StatusReport {
    struct Document: Encodable {
        var version: String
        var uptime_s: Int
        var supervisor: SupervisorEntry
        var http: String
        var upgrade: String
        var daemons: [DaemonEntry]
        var backends: [BackendEntry]
        var jobs: Jobs
    }
    struct SupervisorEntry: Encodable {
        var pid: UInt32
        var rss_bytes: UInt64
        var generation: UInt32
    }
    struct DaemonEntry: Encodable {
        var name: String
        var state: String
        var pid: UInt32
        var uptime_s: Int
        var restarts: UInt32
        var rss_bytes: UInt64
        var in_flight: UInt64
        var draining_pids: [UInt32]
        var detail: String
    }
    struct BackendEntry: Encodable {
        var url: String
        var healthy: Bool
        var breaker: String
        var active: UInt32
        var queued: UInt32
        var avg_ttfb_ms: Double
        var avg_tokens_per_second: Double
        var models: [String]
        var requests: UInt64
        var errors: UInt64
        var limit: UInt32
        var weight: Double
        var cold_starts: UInt64
        var ejected: Bool
        var digest_mismatches: UInt32
        var last_error: String
    }
    struct Jobs: Encodable {
        var queued: UInt64
        var running: UInt64
    }

    static func json(_ status: ControlStatus) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document(status)), as: UTF8.self)
    }

    private static func document(_ status: ControlStatus) -> Document {
        Document(
            version: status.version, uptime_s: Int(status.uptimeSeconds),
            supervisor: .init(
                pid: status.supervisorPid, rss_bytes: status.supervisorRssBytes, generation: status.generation),
            http: status.httpAddress, upgrade: status.upgrade,
            daemons: status.daemons.map { daemon in
                DaemonEntry(
                    name: daemon.name, state: daemon.state, pid: daemon.pid, uptime_s: Int(daemon.uptimeSeconds),
                    restarts: daemon.restarts, rss_bytes: daemon.rssBytes, in_flight: daemon.inFlight,
                    draining_pids: daemon.drainingPids, detail: daemon.detail)
            },
            backends: status.backends.map { backend in
                BackendEntry(
                    url: backend.url, healthy: backend.healthy, breaker: backend.breaker, active: backend.active,
                    queued: backend.queued, avg_ttfb_ms: backend.avgTtfbMs,
                    avg_tokens_per_second: backend.avgTokensPerSecond, models: backend.models,
                    requests: backend.requests, errors: backend.errors, limit: backend.limit, weight: backend.weight,
                    cold_starts: backend.coldStarts, ejected: backend.ejected,
                    digest_mismatches: backend.digestMismatches, last_error: backend.lastError)
            },
            jobs: Jobs(queued: status.jobs.queued, running: status.jobs.running))
    }

    static func table(_ status: ControlStatus) -> String {
        var text = "martlet \(status.version)  http://\(status.httpAddress)  up \(age(status.uptimeSeconds))"
        text += "  supervisor pid \(status.supervisorPid), \(megabytes(status.supervisorRssBytes))\n"
        if !status.upgrade.isEmpty { text += "upgrade: \(status.upgrade)\n" }
        text +=
            "\n"
            + TextTable.render(
                ["DAEMON", "STATE", "PID", "UP", "RESTARTS", "MEMORY", "IN FLIGHT", ""],
                status.daemons.map { daemon in
                    let draining = daemon.drainingPids.map(String.init).joined(separator: ", ")
                    return [
                        daemon.name, daemon.state, daemon.pid == 0 ? "-" : String(daemon.pid),
                        age(daemon.uptimeSeconds),
                        String(daemon.restarts), megabytes(daemon.rssBytes), String(daemon.inFlight),
                        draining.isEmpty ? daemon.detail : "draining: \(draining) \(daemon.detail)",
                    ]
                })
        guard !status.backends.isEmpty else { return text }
        text +=
            "\n"
            + TextTable.render(
                ["BACKEND", "HEALTHY", "BREAKER", "ACTIVE", "QUEUED", "FIRST BYTE", "TOKENS/S", "MODELS"],
                status.backends.map { backend in
                    [
                        backend.url, health(backend), backend.breaker,
                        backend.limit > 0 ? "\(backend.active)/\(backend.limit)" : String(backend.active),
                        String(backend.queued), "\(Int(backend.avgTtfbMs)) ms", String(Int(backend.avgTokensPerSecond)),
                        backend.models.joined(separator: ", "),
                    ]
                })
        return text
    }

    private static func health(_ backend: OllamaBackend) -> String {
        if !backend.enabled { return "off" }
        guard backend.healthy else { return "no" }
        if backend.ejected { return "yes, too slow" }
        return backend.digestMismatches > 0 ? "yes, other digests" : "yes"
    }

    private static func megabytes(_ bytes: UInt64) -> String { "\((bytes + 524_288) / 1_048_576) MB" }

    private static func age(_ seconds: Double) -> String {
        let seconds = Int(seconds)
        if seconds < 120 { return "\(seconds) s" }
        if seconds < 7200 { return "\(seconds / 60) min" }
        return seconds < 172_800 ? "\(seconds / 3600) h" : "\(seconds / 86_400) d"
    }
}
