import Contracts
import DaemonKit
import Link
import Reactor

/// scim: SCIM 2.0 provisioning.
///
/// It answers `daemon.ping`, `daemon.status` and `daemon.reload` on scim.sock; it provisions nothing yet.
@ReactorActor
public final class SCIMDaemon: Daemon {
    nonisolated public static let name = DaemonName.scim

    public init(_ context: DaemonContext) {}
    public func start() async throws {}
}
