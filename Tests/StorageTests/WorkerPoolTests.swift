import Glibc
import Testing

@testable import Storage

@Suite("Threads for calls that block")
struct WorkerPoolTests {
    private static var niceness: Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

    @Test("threads stand back as far as they were told, and nobody else does")
    func nice() async throws {
        let before = Self.niceness
        let pool = WorkerPool(name: "nice", threads: 1, capacity: 1, niceness: 7)
        #expect(try await pool.run { Self.niceness } == min(before + 7, 19))
        let other = WorkerPool(name: "other", threads: 1, capacity: 1)
        #expect(try await other.run { Self.niceness } == before)
        #expect(Self.niceness == before)
    }
}
