import Testing

@testable import SnapshotCollector

@Suite struct FiguresTests {
    @Test("CPU time is read from the first line of /proc/stat, guest time not counted twice")
    func stat() throws {
        let text = "cpu  100 20 30 800 50 0 5 5 7 3\ncpu0 50 10 15 400 25 0 3 2 0 0\nintr 1\n"
        let times = try #require(CPUTimes(procStat: text))
        #expect(times == CPUTimes(total: 1010, idle: 850))
    }

    @Test("what is no /proc/stat is none", arguments: ["", "cpu", "cpu 1 2 3", "cpu a b c d", "intr 1 2 3 4 5"])
    func noStat(_ text: String) { #expect(CPUTimes(procStat: text) == nil) }

    @Test("the busy share is of the time between two samples, within 0 and 100")
    func busy() throws {
        let first = CPUTimes(total: 1000, idle: 900)
        #expect(CPUTimes(total: 1100, idle: 950).busyPercent(since: first) == 50)
        #expect(CPUTimes(total: 1100, idle: 1000).busyPercent(since: first) == 0)
        #expect(CPUTimes(total: 1000, idle: 900).busyPercent(since: first) == nil)
        // The kernel sets idle time back now and then.
        #expect(CPUTimes(total: 1100, idle: 890).busyPercent(since: first) == 100)
        #expect(CPUTimes(total: 1100, idle: 1200).busyPercent(since: first) == 0)
    }

    @Test("memory that is used is what is not available")
    func memory() throws {
        let text = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    400 kB\nBuffers: 1 kB\n"
        let memory = try #require(MemoryFigures(procMeminfo: text))
        #expect(memory.total == 1_024_000 && memory.used == 614_400 && memory.usedPercent == 60)
        #expect(MemoryFigures(procMeminfo: "MemTotal: 1000 kB\n") == nil)
        #expect(MemoryFigures(procMeminfo: "") == nil)
    }

    @Test("this host's figures are there, CPU from the second sample on")
    func host() async throws {
        let sampler = HostSampler(directory: "/")
        let first = try #require(await sampler.sample())
        #expect(!first.hasCpuPercent && first.cores > 0 && first.ramTotalBytes > first.ramUsedBytes)
        #expect(first.ramUsedBytes > 0 && first.diskTotalBytes >= first.diskUsedBytes && first.diskTotalBytes > 0)
        var next = first
        // A tick has to pass.
        while !next.hasCpuPercent { next = try #require(await sampler.sample()) }
        #expect((0...100).contains(next.cpuPercent))
    }
}
