import Contracts
import Storage

extension BackendSnapshot {
    /// What the proxy says of one backend. One that does not answer has nulls.
    init(_ stats: OllamaBackendStats, capturedAt: Int64) {
        self.init(capturedAt: capturedAt, backendURL: stats.backend.url)
        guard stats.backend.healthy else { return }
        activeJobs = Int64(stats.backend.active)
        queuedJobs = Int64(stats.backend.queued)
        let loaded = stats.models.filter(\.loaded)
        loadedModels = Int64(loaded.count)
        vramUsedGB = Double(loaded.reduce(0) { $0 + $1.sizeVram }) / 1_073_741_824
        tokensPerSecond = stats.backend.avgTokensPerSecond
    }
}
