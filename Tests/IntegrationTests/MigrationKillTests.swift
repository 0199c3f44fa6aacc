import FoundationEssentials
import GRDB
import Glibc
import Testing

@testable import Storage

/// A first start on Open WebUI's database, which migrates it, killed at any moment.
@Suite("A migration, killed")
struct MigrationKillTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private func serve(_ url: String? = nil) throws -> ChildProcess {
        let options = ["--runtime-dir", workshop.directory + "/run", "--host", "127.0.0.1", "--port", "0"]
        return try workshop.start(["serve"] + options, url: url)
    }

    private func untilReady(_ process: ChildProcess) async throws {
        try await eventually("it serves: \(workshop.output)", within: .seconds(40)) {
            if let code = process.poll() { throw Missed("it ended with \(code): \(workshop.output)") }
            let status = try await Martlet.run(["status", "--runtime-dir", workshop.directory + "/run"])
            return status.code == 0 && !status.output.contains("starting")
        }
    }

    private func end(_ process: ChildProcess) async {
        process.signal(SIGTERM)
        #expect(await process.end(within: .seconds(40)) == 0)
    }

    /// The names of tables and migrations.
    private func schema(_ path: String) throws -> (tables: Set<String>, migrations: [String]) {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { db in
            let tables = try String.fetchSet(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            let migrations =
                tables.contains("martlet_migration")
                ? try String.fetchAll(db, sql: "SELECT name FROM martlet_migration ORDER BY name") : []
            return (tables, migrations)
        }
    }

    @Test("kill -9: the database is as it was, or migrated, with every row; the next start serves it")
    func sqlite() async throws {
        try OpenWebUISample.make(at: workshop.source, chats: 12_000)
        let before = try schema(workshop.source)
        let state = try Workshop.state(workshop.source)
        let names = Migration.all.map(\.name)
        func startAnew() throws -> ChildProcess {
            for name in try workshop.files(workshop.data) { unlink(workshop.data + "/" + name) }
            try FileManager.default.copyItem(atPath: workshop.source, toPath: workshop.database)
            return try serve()
        }
        let first = try startAnew()
        try await untilReady(first)
        let whole = try #require(first.work)
        await end(first)
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        var interrupted = 0
        for round in 0..<6 {
            let share = (Double(round) + .random(in: 0..<1, using: &random)) / 6
            let process = try startAnew()
            _ = try await process.work(until: Int(Double(whole) * share))
            process.signal(SIGKILL)
            process.reap()
            #expect(try Workshop.state(workshop.database) == state, "seed \(seed), \(share)")
            let after = try schema(workshop.database)
            #expect(
                after.migrations == [] && after.tables == before.tables || after.migrations == names,
                "seed \(seed), \(share)")
            if after.migrations.isEmpty { interrupted += 1 }
        }
        #expect(interrupted > 0)
        let last = try serve()
        try await untilReady(last)
        await end(last)
        #expect(try schema(workshop.database).migrations == names)
        #expect(try Workshop.state(workshop.database) == state)
        #expect(try !workshop.files(workshop.data).contains { $0.contains("partial") || $0.contains("-new") })
    }

    @Test("kill -9 on PostgreSQL, wherever it waits: everything is as it was; the next start migrates and serves it")
    func postgreSQL() async throws {
        let postgres = try await PostgreSQLHost()
        let session = try Workshop.session(postgres.url)
        try session.script(OpenWebUISample.postgreSQL())
        func contents() throws -> [String] {
            let tables = try session.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", [])
            {
                try $0.text(0)
            }
            return try tables.flatMap { table in
                try session.rows("SELECT concat('\(table) ', x) FROM public.\"\(table)\" x ORDER BY 1", []) {
                    try $0.text(0)
                }
            } + tables
        }
        let before = try contents()
        for (table, mode) in [
            ("user", "ACCESS SHARE"), ("api_key", "ROW EXCLUSIVE"), ("group_member", "ROW EXCLUSIVE"),
        ] {
            let holder = try Workshop.session(postgres.url)
            try holder.script("BEGIN; LOCK TABLE public.\"\(table)\" IN \(mode) MODE")
            let process = try serve(postgres.url)
            let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            try await eventually("it waits for \(table)", within: .seconds(60)) {
                if let code = process.poll() { throw Missed("it ended with \(code): \(workshop.output)") }
                return try session.first(waiting, [], { try $0.integer(0) }) ?? 0 > 0
            }
            process.signal(SIGKILL)
            process.reap()
            try holder.script("ROLLBACK")
            let others = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'martlet%'"
            try await eventually("its connection is gone") { try session.first(others, [], { try $0.integer(0) }) == 0 }
            #expect(try contents() == before, "\(table)")
        }
        let process = try serve(postgres.url)
        try await untilReady(process)
        await end(process)
        let applied = try session.rows("SELECT name FROM public.martlet_migration ORDER BY name", []) { try $0.text(0) }
        #expect(applied == Migration.all.map(\.name))
        #expect(try contents().filter { $0.contains("ursula@lab.test") }.count >= 1)
        await postgres.stop()
    }
}
