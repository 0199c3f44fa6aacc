import Testing

@testable import Storage

@Suite("Tables of snapshots and leases, on each engine")
struct SnapshotTableTests {
    private func row(_ time: Int64, _ url: String) -> BackendSnapshot {
        var row = BackendSnapshot(capturedAt: time, backendURL: url)
        row.cpuPercent = 12.5
        row.activeJobs = 3
        row.tokensPerSecond = 0.1
        return row
    }

    @Test("rows come back newest first, with fractions and nulls as they were", arguments: EngineKind.allCases)
    func rows(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        try await database.write { db throws in
            for time in [10, 30, 20] { try BackendSnapshotTable.insert(self.row(Int64(time), "http://a"), in: db) }
            try BackendSnapshotTable.insert(self.row(40, "http://b"), in: db)
        }
        try await database.read { db throws in
            #expect(try BackendSnapshotTable.newest(in: db) == 40)
            #expect(try BackendSnapshotTable.backends(since: 0, in: db) == ["http://a", "http://b"])
            #expect(try BackendSnapshotTable.backends(since: 31, in: db) == ["http://b"])
            let found = try BackendSnapshotTable.latest(backendURL: "http://a", since: 15, limit: 10, in: db)
            #expect(found.map(\.capturedAt) == [30, 20])
            #expect(found[0].cpuPercent == 12.5 && found[0].tokensPerSecond == 0.1 && found[0].activeJobs == 3)
            #expect(found[0].ramPercent == nil && found[0].loadedModels == nil && found[0].vramUsedGB == nil)
            #expect(try BackendSnapshotTable.latest(backendURL: "http://a", since: 0, limit: 1, in: db).count == 1)
        }
        try await database.write { db throws in
            #expect(try BackendSnapshotTable.purge(before: 30, limit: 1, in: db) == 1)
            #expect(try BackendSnapshotTable.purge(before: 30, limit: 10, in: db) == 1)
            #expect(try BackendSnapshotTable.purge(before: 30, limit: 10, in: db) == 0)
            #expect(try db.integer("SELECT count(*) FROM backend_snapshot") == 2)
        }
    }

    @Test("an empty table has no newest row", arguments: EngineKind.allCases)
    func empty(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        #expect(try await database.read { try BackendSnapshotTable.newest(in: $0) } == nil)
    }

    @Test("a lease has one holder, until it expires or is given back", arguments: EngineKind.allCases)
    func lease(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        func acquire(_ holder: String, _ milliseconds: Int64 = 60_000) async throws -> Bool {
            try await database.write { db throws in
                try LeaseTable.acquire("work", holder: holder, milliseconds: milliseconds, in: db)
            }
        }
        #expect(try await acquire("a") && acquire("a"))
        #expect(try await !acquire("b"))
        #expect(
            try await database.write { db throws in
                try LeaseTable.acquire("other work", holder: "b", milliseconds: 1, in: db)
            })
        try await database.write { try LeaseTable.release("work", holder: "b", in: $0) }
        #expect(try await !acquire("b"))
        try await database.write { try LeaseTable.release("work", holder: "a", in: $0) }
        #expect(try await acquire("b", -1))
        #expect(try await acquire("a"))
    }

    @Test("of many who ask at once one gets the lease", arguments: EngineKind.allCases)
    func race(_ kind: EngineKind) async throws {
        let database = try await TestDatabase(kind)
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask {
                    try await database.write { db throws in
                        try LeaseTable.acquire("work", holder: "\(number)", milliseconds: 60_000, in: db)
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }
}
