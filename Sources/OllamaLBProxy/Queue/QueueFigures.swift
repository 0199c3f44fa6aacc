import Contracts
import DaemonKit

/// What became of the requests that had to wait, since the start.
struct QueueFigures: Sendable {
    var queued: UInt64 = 0
    private(set) var admitted: UInt64 = 0
    var refused: UInt64 = 0
    var expired: UInt64 = 0
    var left: UInt64 = 0
    private(set) var waitedSeconds = 0.0
    private var average = MovingAverage()

    mutating func admitted(after wait: Duration) {
        admitted += 1
        waitedSeconds += wait.seconds
        average.add(wait.seconds * 1000)
    }

    var message: OllamaQueueStats {
        var stats = OllamaQueueStats()
        stats.queued = queued
        stats.admitted = admitted
        stats.refused = refused
        stats.expired = expired
        stats.left = left
        stats.avgWaitMs = average.value ?? 0
        return stats
    }
}
