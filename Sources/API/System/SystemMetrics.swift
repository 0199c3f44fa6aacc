import Contracts
import FoundationEssentials
import Link
import Reactor

/// `/api/v1/system/metrics`, put together from snapshot-collector, ollama-lb-proxy and the supervisor, all asked at once.
/// What does not answer in time is null.
@ReactorActor
final class SystemMetrics: Sendable {
    private let collector: LinkClient
    private let proxy: LinkClient
    private let supervisor: LinkConnection

    private static let timeout: Duration = .seconds(2)
    private static let gigabyte = 1_073_741_824.0

    init(collector: LinkClient, proxy: LinkClient, supervisor: LinkConnection) {
        self.collector = collector
        self.proxy = proxy
        self.supervisor = supervisor
    }

    func document() async -> JSONValue {
        async let host = try? collector.call(Methods.host, SnapshotHostRequest(), timeout: Self.timeout)
        async let fleet = backends()
        async let status = try? supervisor.call(Methods.relayStatus, ControlStatusRequest(), timeout: Self.timeout)
        return .object([
            "server": Self.server(await host), "ollama_backends": .object(await fleet),
            "daemons": .array((await status)?.daemons.map(Self.daemon) ?? []),
        ])
    }

    // MARK: The host

    private static func server(_ host: SnapshotHost?) -> JSONValue {
        func size(_ bytes: UInt64?) -> JSONValue { .rounded(bytes.map { Double($0) / gigabyte }) }
        func percent(_ part: UInt64?, _ whole: UInt64?) -> JSONValue {
            guard let part, let whole, whole > 0 else { return .null }
            return .rounded(Double(part) / Double(whole) * 100)
        }
        return .object([
            "cpu_percent": .rounded(host.flatMap { $0.hasCpuPercent ? $0.cpuPercent : nil }),
            "cpu_count": host.map { .integer(Int64($0.cores)) } ?? .null,
            "ram_total_gb": size(host?.ramTotalBytes), "ram_used_gb": size(host?.ramUsedBytes),
            "ram_percent": percent(host?.ramUsedBytes, host?.ramTotalBytes),
            "disk_total_gb": size(host?.diskTotalBytes), "disk_used_gb": size(host?.diskUsedBytes),
            "disk_percent": percent(host?.diskUsedBytes, host?.diskTotalBytes),
            "load_average": host.map { .array([$0.load1, $0.load5, $0.load15].map(JSONValue.rounded)) } ?? .null,
        ])
    }

    private static func daemon(_ daemon: ControlDaemonStatus) -> JSONValue {
        .object([
            "name": .string(daemon.name), "state": .string(daemon.state), "pid": .integer(Int64(daemon.pid)),
            "uptime_s": .rounded(daemon.uptimeSeconds), "restarts": .integer(Int64(daemon.restarts)),
            "rss_bytes": .integer(Int64(clamping: daemon.rssBytes)),
            "in_flight": .integer(Int64(clamping: daemon.inFlight)),
        ])
    }

    // MARK: The backends

    private func backends() async -> [String: JSONValue] {
        let reply = try? await proxy.call(Methods.backends, OllamaBackendsRequest(), timeout: Self.timeout)
        let backends = reply?.backends ?? []
        return await withTaskGroup(of: (String, JSONValue).self) { group in
            for backend in backends {
                group.addTask { (backend.url, await self.document(backend)) }
            }
            var documents: [String: JSONValue] = [:]
            for await (url, document) in group { documents[url] = document }
            return documents
        }
    }

    private func document(_ backend: OllamaBackend) async -> JSONValue {
        .object([
            "api_ps": await loaded(backend), "healthy": .bool(backend.healthy),
            "active": .integer(Int64(backend.active)), "queued": .integer(Int64(backend.queued)),
            "breaker": .string(backend.breaker), "avg_ttfb_ms": .rounded(backend.avgTtfbMs),
            "avg_tokens_per_second": .rounded(backend.avgTokensPerSecond),
            "total_requests": .integer(Int64(clamping: backend.requests)),
            "models": .array(backend.models.map(JSONValue.string)),
        ])
    }

    /// `{"models": […]}` as the server's `/api/ps` has it; null when it does not answer.
    private func loaded(_ backend: OllamaBackend) async -> JSONValue {
        guard backend.healthy else { return .null }
        var request = OllamaListRequest()
        request.backendIndex = backend.index
        guard let reply = try? await proxy.call(Methods.loadedModels, request, timeout: Self.timeout) else {
            return .null
        }
        return (try? JSONDecoder().decode(JSONValue.self, from: reply.json)) ?? .null
    }
}
