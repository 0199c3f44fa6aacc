/// The first line of /proc/stat (proc(5)): time of all cores since boot, in ticks.
struct CPUTimes: Equatable, Sendable {
    var total: UInt64
    var idle: UInt64

    init(total: UInt64, idle: UInt64) {
        self.total = total
        self.idle = idle
    }

    /// nil for what is no such line.
    init?(procStat text: some StringProtocol) {
        guard let line = text.split(separator: "\n", maxSplits: 1).first else { return nil }
        let fields = line.split(separator: " ")
        guard fields.first == "cpu", fields.count >= 5 else { return nil }
        // user nice system idle iowait irq softirq steal; guest times are in user's already.
        let times = fields.dropFirst().prefix(8).map { UInt64($0) }
        guard !times.contains(nil) else { return nil }
        let known = times.compactMap { $0 }
        total = known.reduce(0, &+)
        idle = known[3] &+ (known.count > 4 ? known[4] : 0)
    }

    /// Busy share of the time since `earlier`, 0 to 100; nil when no tick has passed.
    ///
    /// The kernel may set idle and iowait back a little, so the parts are clamped.
    func busyPercent(since earlier: CPUTimes) -> Double? {
        guard total > earlier.total else { return nil }
        let passed = Double(total - earlier.total)
        let idled = idle > earlier.idle ? Double(idle - earlier.idle) : 0
        return min(100, max(0, (passed - idled) / passed * 100))
    }
}
