/// What /proc/meminfo (proc(5)) says of main memory, in bytes.
struct MemoryFigures: Equatable, Sendable {
    var total: UInt64
    /// What a new process could get without swapping.
    var available: UInt64

    var used: UInt64 { total > available ? total - available : 0 }
    /// 0 to 100; nil where the total is not known.
    var usedPercent: Double? { total > 0 ? Double(used) / Double(total) * 100 : nil }

    init(total: UInt64, available: UInt64) {
        self.total = total
        self.available = available
    }

    init?(procMeminfo text: some StringProtocol) {
        var found: [Substring.SubSequence: UInt64] = [:]
        for line in Substring(text).split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 2, let kibibytes = UInt64(fields[1]) else { continue }
            if fields[0] == "MemTotal:" || fields[0] == "MemAvailable:" { found[fields[0]] = kibibytes << 10 }
        }
        guard let total = found["MemTotal:"], let available = found["MemAvailable:"] else { return nil }
        self.init(total: total, available: available)
    }
}
