import Contracts
import DaemonKit
import Link
import Reactor

/// snapshot-collector: host and backend figures, one row an interval.
///
/// It answers `daemon.ping`, `daemon.status` and `daemon.reload` on snapshot-collector.sock; it collects nothing yet.
@ReactorActor
public final class SnapshotCollectorDaemon: Daemon {
    nonisolated public static let name = DaemonName.snapshotCollector

    public init(_ context: DaemonContext) {}
    public func start() async throws {}
}
