import Contracts
import DaemonKit
import Link
import Logging
import Reactor
import Storage

/// snapshot-collector: host and backend figures, one row a backend and interval. Calls on snapshot-collector.sock:
/// `snapshot.host`, `snapshot.collect`.
@ReactorActor
public final class SnapshotCollectorDaemon: Daemon {
    nonisolated public static let name = DaemonName.snapshotCollector

    private let context: DaemonContext
    private let proxy: LinkClient
    private let sampler: HostSampler
    private var collector: Collector?
    private var host = SnapshotHost()
    private var sampling: ReactorTimer?

    /// CPU figures are of this much time.
    private static let sampleInterval: Duration = .seconds(5)

    public init(_ context: DaemonContext) {
        self.context = context
        sampler = HostSampler(directory: context.dataDirectory)
        proxy = LinkClient(
            path: "\(context.runtimeDirectory)/\(DaemonName.ollamaLBProxy.rawValue).sock",
            configuration: SessionConfiguration(role: Self.name.rawValue, build: context.version))
    }

    public func register(on router: LinkRouter) {
        router.unary(Methods.host) { [weak self] _, _ in self?.host ?? SnapshotHost() }
        router.unary(Methods.collect) { [weak self] _, _ in
            guard let collector = self?.collector else { throw LinkError(.unavailable, "not started yet") }
            var reply = SnapshotCollectReply()
            reply.rows = UInt32(clamping: try await collector.collect())
            return reply
        }
    }

    public func start() async throws {
        let url = context.settings.text("DATABASE_URL")
        let database = try url.isEmpty ? Database.open(path: context.dataDirectory + "/webui.db") : .open(url: url)
        await sample()
        let collector = Collector(
            database: database, proxy: proxy, settings: context.settings, logger: context.logger,
            host: { [weak self] in self?.host ?? SnapshotHost() })
        self.collector = collector
        collector.begin()
    }

    private func sample() async {
        if let sample = await sampler.sample() { host = sample }
        sampling = Reactor.shared.schedule(after: Self.sampleInterval) { [weak self] in
            Task { @ReactorActor in await self?.sample() }
        }
    }

    public func apply(_ settings: Settings, changed: [String]) { collector?.apply(settings) }

    public func drain(isFinal: Bool) async {
        sampling?.cancel()
        await collector?.stop()
    }

    public var report: DaemonReport {
        var report = DaemonReport()
        guard let collector else { return report }
        report.figures = [
            .counter("martlet_snapshots_written", "Rows about backends written", Double(collector.written)),
            .gauge("martlet_snapshots_active", "1 in the process that writes them", collector.isActive ? 1 : 0),
        ]
        return report
    }
}
