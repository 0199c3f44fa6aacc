import Contracts
import DaemonKit
import Egress
import Link
import Logging
import Reactor

/// ollama-lb-proxy: owns the Ollama servers. Calls on ollama-lb-proxy.sock: `ollama.exchange` (streaming),
/// `ollama.tags`, `ollama.ps`, `ollama.version`, `ollama.backends`.
@ReactorActor
public final class OllamaLBProxyDaemon: Daemon {
    nonisolated public static let name = DaemonName.ollamaLBProxy

    let logger: Logger
    let client: HTTPClient
    let table: BackendTable
    private let openAI: OpenAIService
    private(set) var settings: Settings
    private var relays: [ObjectIdentifier: ExchangeRelay] = [:]
    private var exchanges: UInt64 = 0
    private var onIdle: (() -> Void)?

    public init(_ context: DaemonContext) {
        logger = context.logger
        settings = context.settings
        var configuration = HTTPClient.Configuration()
        configuration.maxConnectionsPerHost = 0
        configuration.maxConnections = 0
        configuration.userAgent = "martlet/\(context.version)"
        configuration.logger = context.logger
        client = HTTPClient(configuration: configuration)
        table = BackendTable(settings: context.settings, client: client, logger: context.logger)
        openAI = OpenAIService(settings: context.settings, client: client, logger: context.logger)
    }

    public func register(on router: LinkRouter) {
        let documents = FleetDocuments(table: table)
        router.unary(Methods.tags) { request, _ in try await documents.tags(request) }
        router.unary(Methods.loadedModels) { request, _ in try await documents.loaded(request) }
        router.unary(Methods.ollamaVersion) { request, _ in try await documents.version(request) }
        router.unary(Methods.backends) { [table] _, _ in
            var reply = OllamaBackends()
            reply.backends = table.backends.map(\.message)
            reply.strategy = table.strategyName
            return reply
        }
        router.stream(Methods.exchange.name) { [weak self] stream in self?.exchange(stream) }
        openAI.register(on: router)
    }

    public func start() async throws {
        openAI.servers.start()
        await table.start()
    }

    public func apply(_ settings: Settings, changed: [String]) {
        self.settings = settings
        table.apply(settings)
        openAI.servers.apply(settings)
    }

    private func exchange(_ stream: LinkStream) {
        exchanges += 1
        let relay = ExchangeRelay(stream, proxy: self)
        relays[ObjectIdentifier(relay)] = relay
        relay.begin()
    }

    func ended(_ relay: ExchangeRelay) {
        relays[ObjectIdentifier(relay)] = nil
        if relays.isEmpty { onIdle?() }
    }

    public func drain(isFinal: Bool) async {
        table.stop()
        openAI.servers.stop()
        guard !relays.isEmpty || openAI.inFlight > 0 else { return }
        await withCheckedContinuation { continuation in
            let idle: () -> Void = { [weak self] in
                guard let self, relays.isEmpty, openAI.inFlight == 0, onIdle != nil else { return }
                onIdle = nil
                openAI.onIdle = nil
                continuation.resume()
            }
            onIdle = idle
            openAI.onIdle = idle
        }
    }

    public func abandon() {
        for relay in relays.values { relay.abandon() }
        openAI.abandon()
    }

    public var report: DaemonReport {
        var report = DaemonReport()
        report.inFlight = UInt64(relays.count + openAI.inFlight)
        report.backends = table.backends.map(\.message)
        report.figures = [
            .counter("martlet_ollama_exchanges", "Exchanges taken up", Double(exchanges)),
            .gauge(
                "martlet_ollama_upstream_connections", "Connections to Ollama servers", Double(client.openConnections)),
        ]
        report.figures += openAI.figures
        for backend in report.backends {
            let labels = ["backend": backend.url]
            report.figures += [
                .gauge("martlet_ollama_backend_up", "1 when the server answers", backend.healthy ? 1 : 0, labels),
                .gauge("martlet_ollama_backend_active", "Requests under way", Double(backend.active), labels),
                .counter("martlet_ollama_backend_requests", "Requests sent", Double(backend.requests), labels),
                .counter("martlet_ollama_backend_errors", "Requests that failed", Double(backend.errors), labels),
                .gauge("martlet_ollama_backend_first_byte_milliseconds", "Moving average", backend.avgTtfbMs, labels),
                .gauge(
                    "martlet_ollama_backend_tokens_per_second", "Moving average", backend.avgTokensPerSecond, labels),
            ]
        }
        return report
    }
}
