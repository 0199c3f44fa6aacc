import Testing

@testable import Storage

@Suite("PostgreSQL: statements")
struct PostgreSQLSessionTests {
    private func open(_ limits: PostgreSQLLimits = PostgreSQLLimits()) async throws -> Database {
        let url = try await PostgreSQLServer.shared.value.makeDatabase()
        return Database(PostgreSQLEngine(try PostgreSQLURL(url), connections: 2, limits: limits))
    }

    @Test("a failure that the body keeps quiet about still undoes the transaction, and is thrown")
    func swallowed() async throws {
        let database = try await open()
        let error = await #expect(throws: StorageError.self) {
            try await database.write { session in
                try UserTable.insert(.sample("a"), in: session)
                try? UserTable.insert(.sample("a"), in: session)
                #expect(throws: StorageError.self) { try UserTable.count(in: session) }
            }
        }
        #expect(error?.reason == .constraint)
        #expect(try await database.read { try UserTable.isEmpty(in: $0) })
    }

    @Test("a connection keeps a bounded number of prepared statements, and those given up work again")
    func statementBound() async throws {
        var limits = PostgreSQLLimits()
        limits.statements = 10
        let database = try await open(limits)
        try await database.read { session throws in
            for round in 0..<2 {
                for number in 0..<50 {
                    #expect(try session.integer("SELECT \(number) + CAST(? AS integer)", [1]) == Int64(number + 1))
                }
                #expect(try session.integer("SELECT count(*) FROM pg_prepared_statements") == 10, "round \(round)")
            }
        }
    }

    @Test("a statement is prepared once and serves every transaction of its connection")
    func preparedOnce() async throws {
        let database = try await open()
        for _ in 0..<5 { try await database.read { _ = try UserTable.count(in: $0) } }
        let statements = try await database.read { try $0.texts("SELECT statement FROM pg_prepared_statements") }
        #expect(statements.count { $0.contains("count(*)") } == 1)
    }

    @Test("rows arrive one after the other; what the decoder throws ends the transaction, not the connection")
    func decoding() async throws {
        struct Enough: Error {}
        let database = try await open()
        let pid = try await database.read { try $0.integer("SELECT pg_backend_pid()") }
        await #expect(throws: Enough.self) {
            try await database.read { session in
                try session.rows("SELECT generate_series(1, 200000)", []) { row in
                    if try row.integer(0) == 3 { throw Enough() }
                }
            }
        }
        let first = try await database.read { session in
            try [
                session.integer("SELECT generate_series(7, 100000)"),
                session.integer("SELECT 1 WHERE false"),
                session.integer("SELECT pg_backend_pid()"),
            ]
        }
        #expect(first == [7, nil, pid])
    }

    @Test("a query inside the decoding of another one is refused")
    func nested() async throws {
        let database = try await open()
        await #expect(throws: StorageError.self) {
            try await database.read { session in
                try session.rows("SELECT 1", []) { _ in try session.integer("SELECT 2") }
            }
        }
        #expect(try await database.read { try $0.integer("SELECT 3") } == 3)
    }

    @Test(
        "a failure has a reason, and its text holds no data",
        arguments: [
            ("SELECT CAST(? AS integer)", "sekret", StorageError.Reason.invalidValue),
            ("SELECT CAST(? AS json)", "{sekret", .invalidValue),
            ("SELECT nonsense FROM \"user\" WHERE id = ?", "sekret", .other),
            ("SELECT ? FROM", "sekret", .other),
            (
                "INSERT INTO api_key (id, user_id, \"key\", created_at, updated_at) VALUES ('a', ?, 'k', 1, 1)",
                "sekret",
                .constraint
            ),
            ("INSERT INTO tag (id, name, user_id) VALUES ('a', ?, NULL)", "sekret", .constraint),
            ("SELECT ?, ?", "sekret", .other),
            ("SELECT ?", "sekret\0", .invalidValue),
            ("DO $$ BEGIN RAISE EXCEPTION 'sekret' USING ERRCODE = '53100'; END $$", "", .diskFull),
            ("DO $$ BEGIN RAISE EXCEPTION 'sekret' USING ERRCODE = '57P02'; END $$", "", .unavailable),
            ("DO $$ BEGIN RAISE EXCEPTION 'sekret' USING ERRCODE = 'XX001'; END $$", "", .corrupt),
        ])
    func failures(sql: String, argument: String, reason: StorageError.Reason) async throws {
        let database = try await open()
        let error = await #expect(throws: StorageError.self) {
            try await database.write { try $0.run(sql, sql.contains("?") ? [.text(argument)] : []) }
        }
        #expect(error?.reason == reason)
        #expect(error?.description.contains("sekret") == false)
        #expect(try await database.read { try $0.integer("SELECT 3") } == 3)
    }

    @Test("the number of changed rows is told")
    func changed() async throws {
        let database = try await open()
        let counts = try await database.write { session in
            for id in ["a", "b", "c"] { try UserTable.insert(.sample(id), in: session) }
            return try [
                session.run("UPDATE \"user\" SET bio = ? WHERE id <> 'a'", ["x"]),
                session.run("DELETE FROM \"user\" WHERE id = ?", ["nobody"]),
                session.run("DELETE FROM \"user\"", []),
            ]
        }
        #expect(counts == [2, 0, 3])
    }
}
