import Testing

@testable import SnapshotCollector

@Suite struct ScheduleTests {
    private let schedule = Schedule(interval: 300, retentionDays: 7)

    @Test("a row is due at once without one, else an interval after the newest")
    func due() {
        #expect(schedule.wait(newest: nil, now: 1_000_000) == 0)
        #expect(schedule.wait(newest: 1_000_000, now: 1_000_000) == 300)
        #expect(schedule.wait(newest: 1_000_000, now: 1_000_299) == 1)
        #expect(schedule.wait(newest: 1_000_000, now: 1_000_300) == 0)
        #expect(schedule.wait(newest: 1_000_000, now: 2_000_000) == 0)
    }

    @Test("a row from the future, left by a clock that was set back, does not stop the collection")
    func future() { #expect(schedule.wait(newest: 2_000_000, now: 1_000_000) == 300) }

    @Test("old rows go from the second round on")
    func purge() {
        var schedule = schedule
        #expect(schedule.purgeLimit(wall: 1_000_000, steady: 100) == nil)
        #expect(schedule.purgeLimit(wall: 1_000_300, steady: 400) == 1_000_300 - 7 * 86_400)
    }

    @Test(
        "right after a jump of the clock, either way, nothing is deleted",
        arguments: [31_536_000, -31_536_000, 61, -61])
    func jump(_ seconds: Int64) {
        var schedule = schedule
        _ = schedule.purgeLimit(wall: 100_000_000, steady: 100)
        #expect(schedule.purgeLimit(wall: 100_000_300 + seconds, steady: 400) == nil)
        #expect(schedule.purgeLimit(wall: 100_000_600 + seconds, steady: 700) != nil)
    }

    @Test("without a limit nothing is ever deleted")
    func forever() {
        var schedule = Schedule(interval: 300, retentionDays: 0)
        _ = schedule.purgeLimit(wall: 1_000_000, steady: 100)
        #expect(schedule.purgeLimit(wall: 1_000_300, steady: 400) == nil)
    }
}
