import Contracts
import Glibc
import Storage
import Synchronization

/// Reads the host's figures from /proc and the data directory's file system, on a thread of its own: a file system may
/// hang.
final class HostSampler: Sendable {
    private let worker = WorkerPool(name: "host", threads: 1, capacity: 1)
    private let directory: String
    private let previous = Mutex<CPUTimes?>(nil)

    /// - Parameter directory: what the disk figures are of.
    init(directory: String) { self.directory = directory }

    /// nil: the sample before is still being taken.
    func sample() async -> SnapshotHost? { try? await worker.run { self.take() } }

    private func take() -> SnapshotHost {
        var host = SnapshotHost()
        host.sampledAt = Int64(time(nil)) * 1000
        host.cores = UInt32(clamping: sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        if let times = Self.text("/proc/stat").flatMap({ CPUTimes(procStat: $0) }) {
            previous.withLock { previous in
                if let percent = previous.flatMap({ times.busyPercent(since: $0) }) { host.cpuPercent = percent }
                previous = times
            }
        }
        if let memory = Self.text("/proc/meminfo").flatMap({ MemoryFigures(procMeminfo: $0) }) {
            host.ramTotalBytes = memory.total
            host.ramUsedBytes = memory.used
        }
        let loads = (Self.text("/proc/loadavg") ?? "").split(separator: " ").prefix(3).map { Double($0) ?? 0 }
        if loads.count == 3 { (host.load1, host.load5, host.load15) = (loads[0], loads[1], loads[2]) }
        addDisk(to: &host)
        return host
    }

    private func addDisk(to host: inout SnapshotHost) {
        var system = statvfs()
        guard statvfs(directory, &system) == 0 else { return }
        let block = UInt64(system.f_frsize)
        host.diskTotalBytes = UInt64(system.f_blocks) * block
        // As df counts it: what is kept for root is not used, and not to be had either.
        host.diskUsedBytes = UInt64(system.f_blocks - system.f_bfree) * block
    }

    /// A file of /proc, its first 64 KiB: the lines that count come first.
    private static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = read(file, buffer.baseAddress, buffer.count)
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
        }
    }
}
