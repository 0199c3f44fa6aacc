import Contracts
import DaemonKit
import Link
import Reactor

/// archiver: job archive and purge, retention, backups.
///
/// It answers `daemon.ping`, `daemon.status` and `daemon.reload` on archiver.sock; it archives nothing yet.
@ReactorActor
public final class ArchiverDaemon: Daemon {
    nonisolated public static let name = DaemonName.archiver

    public init(_ context: DaemonContext) {}
    public func start() async throws {}
}
