import Contracts
import DaemonKit
import Egress
import Link
import Logging
import Reactor

/// ollama-lb-proxy: owns the Ollama servers. Calls on ollama-lb-proxy.sock: `ollama.exchange` and `ollama.fanout`
/// (streaming), `ollama.tags`, `ollama.ps`, `ollama.version`, `ollama.backends`, `ollama.stats`, `ollama.strategy`,
/// `ollama.verify`.
@ReactorActor
public final class OllamaLBProxyDaemon: Daemon {
    nonisolated public static let name = DaemonName.ollamaLBProxy

    let logger: Logger
    let client: HTTPClient
    let table: BackendTable
    private let openAI: OpenAIService
    let admission: Admission
    private(set) var settings: Settings
    private var relays: [ObjectIdentifier: any Relay] = [:]
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
        admission = Admission(table: table, settings: context.settings)
    }

    public func register(on router: LinkRouter) {
        let documents = FleetDocuments(table: table)
        router.unary(Methods.tags) { request, _ in try await documents.tags(request) }
        router.unary(Methods.loadedModels) { request, _ in try await documents.loaded(request) }
        router.unary(Methods.ollamaVersion) { request, _ in try await documents.version(request) }
        let fleet = FleetStats(table: table, admission: admission)
        router.unary(Methods.backends) { _, _ in fleet.backends }
        router.unary(Methods.stats) { _, _ in fleet.stats }
        router.unary(Methods.strategy) { [table] request, _ in try table.strategy(request) }
        router.unary(Methods.verify) { request, _ in try await documents.verify(request) }
        router.stream(Methods.exchange.name) { [weak self] stream in self?.exchange(stream) }
        openAI.register(on: router)
        router.stream(Methods.fanout.name) { [weak self] stream in self?.fanout(stream) }
    }

    public func start() async throws {
        openAI.servers.start()
        await table.start()
    }

    public func apply(_ settings: Settings, changed: [String]) {
        self.settings = settings
        admission.apply(settings)
        table.apply(settings)
        openAI.servers.apply(settings)
    }

    private func exchange(_ stream: LinkStream) {
        exchanges += 1
        let relay = ExchangeRelay(stream, proxy: self)
        relays[ObjectIdentifier(relay)] = relay
        relay.begin()
    }

    private func fanout(_ stream: LinkStream) {
        let relay = FanoutRelay(stream, proxy: self)
        relays[ObjectIdentifier(relay)] = relay
        relay.begin()
    }

    func ended(_ relay: any Relay) {
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
        var report = FleetStats(table: table, admission: admission).report(
            exchanges: exchanges, inFlight: relays.count + openAI.inFlight, connections: client.openConnections)
        report.figures += openAI.figures
        return report
    }
}
