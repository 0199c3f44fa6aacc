import API
import Archiver
import Contracts
import DaemonKit
import Glibc
import OllamaLBProxy
import SCIM
import SnapshotCollector

/// Which code each daemon's name stands for.
enum DaemonTable {
    static func run(_ text: String) -> Never {
        let version = BuildVersion.text
        switch DaemonName(rawValue: text) {
        case .api: DaemonRunner<APIDaemon>.run(version: version)
        case .ollamaLBProxy: DaemonRunner<OllamaLBProxyDaemon>.run(version: version)
        case .snapshotCollector: DaemonRunner<SnapshotCollectorDaemon>.run(version: version)
        case .archiver: DaemonRunner<ArchiverDaemon>.run(version: version)
        case .scim: DaemonRunner<SCIMDaemon>.run(version: version)
        case nil:
            complain("there is no daemon \"\(text)\"")
            exit(64)
        }
    }
}
