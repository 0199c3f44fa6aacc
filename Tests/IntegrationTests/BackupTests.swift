import Contracts
import FoundationEssentials
import GRDB
import Glibc
import Synchronization
import Testing

@testable import Storage

/// The commands on a server that runs, or must not.
@Suite("Backup, restore and import beside the server")
struct BackupTests {
    /// Writes into the server's database as fast as it can: pairs, each in one transaction.
    private final class Writer: Sendable {
        private let state = Mutex((pairs: 0, isStopped: false, slowest: Duration.zero))

        var pairs: Int { state.withLock { $0.pairs } }
        var slowest: Duration { state.withLock { $0.slowest } }
        func stop() { state.withLock { $0.isStopped = true } }

        func run(_ path: String) async throws {
            let database = try Storage.Database.open(path: path)
            while !state.withLock({ $0.isStopped }) {
                let number = pairs + 1
                let start = ContinuousClock.now
                try await database.write { session in
                    for (table, column) in [("memory", "content"), ("note", "title")] {
                        try session.run(
                            """
                            INSERT INTO \(table) (id, user_id, \(column), updated_at, created_at) VALUES (?, 'w', ?, 1, 1)
                            """, [.text("pair-\(number)"), .text(String(repeating: "x", count: 2000))])
                    }
                }
                state.withLock { state in
                    state.pairs = number
                    state.slowest = max(state.slowest, start.duration(to: .now))
                }
            }
            try await database.close()
        }
    }

    private func counts(_ path: String) throws -> [Int] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { db in
            #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
            return try ["memory", "note", "\"group\""].map {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)") ?? 0
            }
        }
    }

    @Test("under writes at full speed a backup has all from before its start, and no transaction by half")
    func underWrites() async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let token = try await martlet.signUp("ada")
        let writer = Writer()
        let tables = try TransferTables.ofSchema().all.count
        async let writing: Void = writer.run(martlet.data + "/webui.db")
        let groups = Mutex(0)
        for round in 1...3 {
            try await eventually("the writer is ahead") { writer.pairs > round * 200 }
            let group = try await martlet.post(
                "/api/v1/groups/create", token: token, #"{"name":"G\#(round)","description":"d"}"#)
            #expect(group.status == 200)
            groups.withLock { $0 += 1 }
            let before = writer.pairs
            let file = "\(martlet.directory)/backup-\(round).db"
            let answer = try await Martlet.run(["backup", file, "--data-dir", martlet.data])
            #expect(answer.code == 0, "\(answer.output)")
            let lines = answer.output.split(separator: "\n")
            #expect(
                lines.last?.hasPrefix("\(file): ") == true
                    && lines.last?.contains(" rows in \(tables) tables, ") == true)
            #expect(answer.output.contains(".webui_secret_key"))
            let found = try counts(file)
            #expect(found[0] == found[1] && found[0] >= before, "\(found) \(before)")
            #expect(found[2] == round)
            #expect(writer.pairs > before, "the writer went on")
        }
        writer.stop()
        try await writing
        // Not held up: a lock for the whole time would show here, whatever else the machine does.
        #expect(writer.slowest < .seconds(2))
        #expect(try await martlet.get("/api/v1/auths/", token: token).status == 200)
        let files = try FileManager.default.contentsOfDirectory(atPath: martlet.directory)
        #expect(!files.contains { $0.contains("partial") })
        await martlet.stop()
    }

    @Test(
        "while a server runs nothing is restored, not even after an upgrade; then it is, and people are who they were")
    func restoreBesideServer() async throws {
        let martlet = try await Martlet.start(["OLLAMA_BASE_URLS": ""])
        let file = martlet.directory + "/backup.db"
        let restore = ["restore", "--yes", file, "--data-dir", martlet.data]
        for upgrades in [false, true] {
            if upgrades { #expect(try await martlet.run("upgrade").code == 0) }
            let refused = try await Martlet.run(restore)
            #expect(refused.code == 69 && refused.output.contains("in use by a running martlet"), "\(refused.output)")
        }
        let token = try await martlet.signUp("ada")
        #expect(try await Martlet.run(["backup", file, "--data-dir", martlet.data]).code == 0)
        let group = try await martlet.post(
            "/api/v1/groups/create", token: token, #"{"name":"late","description":"d"}"#)
        #expect(group.status == 200)
        martlet.process.signal(SIGTERM)
        #expect(await martlet.process.end(within: .seconds(40)) == 0)
        let careful = try await Martlet.run(Array(restore.filter { $0 != "--yes" }))
        #expect(careful.code == 64 && careful.output.contains("holds 1 account"), "\(careful.output)")
        #expect(try await Martlet.run(["import"] + restore.dropFirst(2)).code == 64)
        let done = try await Martlet.run(restore)
        #expect(done.code == 0 && done.output.contains("before-restore-"), "\(done.output)")
        try await martlet.startAgain(["OLLAMA_BASE_URLS": ""])
        #expect(try await martlet.get("/api/v1/auths/", token: token).status == 200)
        #expect(try await martlet.get("/api/v1/groups/", token: token).json.elements?.count == 0)
        await martlet.stop()
    }

    @Test("while a restore runs no server starts")
    func serverBesideRestore() async throws {
        let workshop = try Workshop()
        let lock = try DataDirectoryLock(workshop.data, .exclusive).keep()
        let arguments = ["serve", "--data-dir", workshop.data, "--runtime-dir", workshop.directory + "/run"]
        let answer = try await Martlet.run(arguments + ["--port", "0"])
        #expect(answer.code == 69 && answer.output.contains("restore or an import is under way"), "\(answer.output)")
        close(lock)
    }

    @Test(
        "on PostgreSQL: a backup under the running server, then a restore of it into SQLite, and people sign in there")
    func postgreSQL() async throws {
        let postgres = try await PostgreSQLHost()
        let martlet = try await Martlet.start(file: ["DATABASE_URL": postgres.url, "OLLAMA_BASE_URLS": ""])
        let token = try await martlet.signUp("ada")
        let file = martlet.directory + "/backup.db"
        let settings = ["--config", martlet.directory + "/martlet.env", "--data-dir", martlet.data]
        let answer = try await Martlet.run(["backup", file] + settings)
        #expect(answer.code == 0, "\(answer.output)")
        let refused = try await Martlet.run(["restore", "--yes", file] + settings)
        #expect(refused.code == 69, "\(refused.output)")
        martlet.process.signal(SIGTERM)
        #expect(await martlet.process.end(within: .seconds(40)) == 0)
        #expect(try await Martlet.run(["restore", "--yes", file] + settings).code == 0)
        let moved = try await Martlet.run(["import", file, "--data-dir", martlet.data])
        #expect(moved.code == 0, "\(moved.output)")
        try await martlet.startAgain(["OLLAMA_BASE_URLS": ""])
        #expect(try await martlet.get("/api/v1/auths/", token: token).status == 200)
        await martlet.stop()
        await postgres.stop()
    }

    @Test("wrong usage is 64, wrong configuration 78, no database 1, a server that is away 69; each says what to do")
    func exitCodes() async throws {
        let workshop = try Workshop()
        for command in ["backup", "restore", "import"] {
            #expect(try await Martlet.run([command]).code == 64)
            #expect(try await Martlet.run([command, "-"]).code == 64)
            let wrong = try await Martlet.run([command, workshop.file, "--config", workshop.directory + "/none.env"])
            #expect(wrong.code == 78 && wrong.output.contains("none.env"))
            let away = ["DATABASE_URL": "postgresql://a:secret@/b?host=\(workshop.directory)"]
            let process = try ChildProcess(
                Martlet.executable, [command, command == "backup" ? workshop.file : workshop.source],
                output: workshop.directory + "/out", environment: away)
            #expect(await process.end(within: .seconds(30)) == 69, "\(workshop.output)")
        }
        #expect(workshop.output.contains("Cannot connect") && !workshop.output.contains("secret"))
        let none = try await Martlet.run(["backup", workshop.file, "--data-dir", workshop.directory])
        #expect(none.code == 1 && none.output.contains("--data-dir"))
        #expect(try workshop.files(workshop.directory) == ["data", "out", "source.db"])
        #expect(try await workshop.run(["backup", workshop.file]) == 0)
        #expect(try await workshop.run(["backup", workshop.file]) == 64)
        #expect(workshop.output.contains("--force"))
    }
}
