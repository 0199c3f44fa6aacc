import Dispatch
import Glibc
import Testing

@testable import Storage

@Suite("Database: reads, writes, limits, on each engine")
struct DatabaseTests {
    @Test("a write that throws is rolled back and its error comes out as it is", arguments: EngineKind.allCases)
    func rollback(_ kind: EngineKind) async throws {
        struct Mine: Error {}
        let database = try await TestDatabase(kind)
        await #expect(throws: Mine.self) {
            try await database.write { session in
                try UserTable.insert(.sample("a"), in: session)
                throw Mine()
            }
        }
        #expect(try await database.read { try UserTable.count(in: $0) } == 0)
    }

    @Test("a reader sees one state while a writer commits", arguments: EngineKind.allCases)
    func isolation(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { try UserTable.insert(.sample("a"), in: $0) }
        let counts = try await database.read { session in
            let before = try UserTable.count(in: session)
            let done = DispatchSemaphore(value: 0)
            Task {
                try await database.write { try UserTable.insert(.sample("b"), in: $0) }
                done.signal()
            }
            done.wait()
            return [before, try UserTable.count(in: session)]
        }
        #expect(counts == [1, 1])
        #expect(try await database.read { try UserTable.count(in: $0) } == 2)
    }

    @Test("a read cannot write", arguments: EngineKind.allCases)
    func readOnly(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        await #expect(throws: StorageError.self) {
            try await database.read { try UserTable.insert(.sample("a"), in: $0) }
        }
        #expect(try await database.read { try UserTable.isEmpty(in: $0) })
    }

    @Test(
        "more waiting calls than the queue holds are refused, the others are answered", arguments: EngineKind.allCases)
    func overload(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let gate = DispatchSemaphore(value: 0)
        // All threads stand still, so that the queue fills whatever the speed.
        let results = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<1_200 {
                group.addTask {
                    do {
                        return try await database.write { _ in
                            gate.wait()
                            return true
                        }
                    } catch {
                        #expect((error as? StorageError)?.reason == .overloaded)
                        gate.signal()
                        return false
                    }
                }
            }
            // Each refused call has let another one go on; the rest go on now.
            return await group.reduce(into: [true: 0, false: 0]) { counts, answered in
                counts[answered, default: 0] += 1
                if counts[false] ?? 0 > 0 { gate.signal() }
            }
        }
        #expect(results[true, default: 0] >= 1_000)
        #expect(results[false, default: 0] > 0)
        #expect(try await database.read { try UserTable.count(in: $0) } == 0)
    }

    @Test("close waits for the call under way; calls after it fail", arguments: EngineKind.allCases)
    func close(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let started = DispatchSemaphore(value: 0)
        async let slow: Void = database.write { session in
            started.signal()
            usleep(50_000)
            try UserTable.insert(.sample("a"), in: session)
        }
        await Task.detached { started.wait() }.value
        try await database.database.close()
        try await slow
        await #expect(throws: (any Error).self) { try await database.read { try UserTable.count(in: $0) } }
    }

    @Test("a duplicate id is a constraint error, not a crash", arguments: EngineKind.allCases)
    func constraint(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let error = await #expect(throws: StorageError.self) {
            try await database.write { session in
                try UserTable.insert(.sample("a"), in: session)
                try UserTable.insert(.sample("a"), in: session)
            }
        }
        #expect(error?.reason == .constraint)
        #expect(error?.description.contains("a@lab.test") == false)
    }

    @Test("writers at the same time lose no update", arguments: EngineKind.allCases)
    func concurrentWriters(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { try UserTable.insert(.sample("a"), in: $0) }
        try await withThrowingTaskGroup { group in
            for _ in 0..<40 {
                group.addTask {
                    // Reads, then writes what it has read plus one.
                    try await database.write { session in
                        let old = try session.integer("SELECT job_priority FROM \"user\" WHERE id = 'a'") ?? 0
                        try session.run("UPDATE \"user\" SET job_priority = ? WHERE id = 'a'", [.integer(old + 1)])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.read { try $0.integer("SELECT job_priority FROM \"user\"") } == 45)
    }
}

extension User {
    static func sample(_ id: String, role: String = "user") -> User {
        User(
            id: id, name: "Name \(id)", email: "\(id)@lab.test", role: role, profileImageURL: "/user.png",
            now: 1_700_000_000)
    }
}
