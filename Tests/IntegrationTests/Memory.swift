import FoundationEssentials

/// Resident memory of processes.
enum Memory {
    static func residentKilobytes(_ pid: Int32) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return line.split { $0 == " " || $0 == "\t" }.compactMap { Int($0) }.first ?? 0
    }

    /// The highest of each while the condition holds, in kB.
    static func highest(of pids: [Int32], while condition: @Sendable () -> Bool) async -> [Int] {
        var highest = pids.map { _ in 0 }
        while condition() {
            for (index, pid) in pids.enumerated() { highest[index] = max(highest[index], residentKilobytes(pid)) }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return highest
    }
}
