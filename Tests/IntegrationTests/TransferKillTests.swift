import FoundationEssentials
import Glibc
import Testing

@testable import Storage

/// `kill -9` and signals at any moment: nothing lost, nothing half done.
@Suite("Backup, restore and import, killed")
struct TransferKillTests {
    let workshop: Workshop

    init() throws { workshop = try Workshop() }

    /// A database of its own with `old` in it.
    private func makeOld(_ postgres: PostgreSQLHost) async throws -> String {
        let name = "t\(UInt32.random(in: 0 ... .max))"
        try Workshop.session(postgres.url).script("CREATE DATABASE \(name)")
        let url = postgres.url.replacing("/postgres?", with: "/\(name)?")
        #expect(try await workshop.run(["import", workshop.database], url: url) == 0, "\(workshop.output)")
        #expect(try Workshop.state(url: url) == Workshop.old)
        return url
    }

    @Test("kill -9 in the middle of a backup: the file is whole or not there, the database untouched")
    func backup() async throws {
        rename(workshop.source, workshop.database)
        try await workshop.kill(["backup", workshop.file, "--force"], rounds: 8) { moment, hasEnded throws in
            #expect(access(workshop.file, F_OK) == 0 || !hasEnded, "\(moment)")
            if access(workshop.file, F_OK) == 0 {
                #expect(try Workshop.state(workshop.file) == Workshop.new, "\(moment)")
            }
            unlink(workshop.file)
            #expect(try Workshop.state(workshop.database) == Workshop.new, "\(moment)")
        }
        #expect(try workshop.files(workshop.directory) == ["data", "out"])
    }

    @Test("kill -9 in the middle of a restore into SQLite: the old database or the new one, whole; both after a rerun")
    func restore() async throws {
        let original = workshop.directory + "/old.db"
        #expect(try await workshop.run(["backup", original]) == 0)
        try await workshop.kill(["restore", "--yes", workshop.source], rounds: 8) { moment, hasEnded throws in
            let state = try Workshop.state(workshop.database)
            #expect(state == Workshop.new || state == Workshop.old && !hasEnded, "\(moment)")
            // Whatever is kept is a whole database too.
            for name in try workshop.files(workshop.data) where name.contains(".before-restore-") {
                if name.hasSuffix("-wal") || name.hasSuffix("-shm") || name.hasSuffix("-journal") { continue }
                let kept = try Workshop.state(workshop.data + "/" + name)
                #expect(kept == Workshop.old || kept == Workshop.new, "\(name), \(moment)")
            }
            // The next round starts from the old one again.
            for name in try workshop.files(workshop.data) where !name.contains("martlet-restore") {
                unlink(workshop.data + "/" + name)
            }
            try FileManager.default.copyItem(atPath: original, toPath: workshop.database)
        }
        #expect(try workshop.files(workshop.data) == ["webui.db"])
        #expect(try Workshop.state(workshop.source) == Workshop.new)
    }

    @Test("kill -9 in the middle of a restore into PostgreSQL: the old rows or the new ones, all of them")
    func restorePostgreSQL() async throws {
        let postgres = try await PostgreSQLHost()
        let url = try await makeOld(postgres)
        let original = workshop.directory + "/old.db"
        #expect(try await workshop.run(["backup", original], url: url) == 0, "\(workshop.output)")
        try await workshop.kill(["restore", "--yes", workshop.source], url: url, rounds: 4) { moment, hasEnded throws in
            let state = try Workshop.state(url: url)
            #expect(state == Workshop.new || state == Workshop.old && !hasEnded, "\(moment)")
            guard state == Workshop.new else { return }
            #expect(try await workshop.run(["restore", "--yes", original], url: url) == 0, "\(workshop.output)")
        }
        await postgres.stop()
    }

    @Test("kill -9 in the middle of an import into an empty PostgreSQL: nothing or all; a rerun goes through")
    func importPostgreSQL() async throws {
        let postgres = try await PostgreSQLHost()
        let empty = Workshop.State(user: nil, chats: 0, isSound: true)
        try await workshop.kill(["import", workshop.source], url: postgres.url, rounds: 4) { moment, hasEnded throws in
            let session = try Workshop.session(postgres.url)
            let count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            if try session.first(count, [], { try $0.integer(0) }) ?? 0 > 0 {
                let state = try Workshop.state(url: postgres.url)
                #expect(state == Workshop.new || state == empty && !hasEnded, "\(moment)")
            } else {
                #expect(!hasEnded, "\(moment)")
            }
            try session.script("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        }
        #expect(try Workshop.state(workshop.source) == Workshop.new)
        await postgres.stop()
    }

    @Test("kill -9 in the middle of a backup of PostgreSQL: the file is whole or not there")
    func backupPostgreSQL() async throws {
        let postgres = try await PostgreSQLHost()
        #expect(try await workshop.run(["import", workshop.source], url: postgres.url) == 0, "\(workshop.output)")
        try await workshop.kill(["backup", workshop.file, "--force"], url: postgres.url, rounds: 4) {
            moment, hasEnded throws in
            #expect(access(workshop.file, F_OK) == 0 || !hasEnded, "\(moment)")
            if access(workshop.file, F_OK) == 0 {
                #expect(try Workshop.state(workshop.file) == Workshop.new, "\(moment)")
            }
            unlink(workshop.file)
        }
        #expect(try Workshop.state(url: postgres.url) == Workshop.new)
        await postgres.stop()
    }

    // MARK: Signals

    @Test(
        "SIGINT and SIGTERM end it at once: said so, cleaned up, and dead of the signal", arguments: [SIGINT, SIGTERM])
    func signals(_ number: Int32) async throws {
        try workshop.enlarge()
        let backup = ["backup", workshop.file, "--force"]
        let partials = [workshop.file + ".partial", workshop.database + ".martlet-restore"]
        for (command, partial) in zip([backup, ["restore", "--yes", workshop.file]], partials) {
            let before = try Workshop.state(workshop.database)
            var code: Int32? = 0
            // A command that was faster than the signal is begun again.
            for _ in 0..<10 where code == 0 {
                if command == backup { unlink(workshop.file) }
                code = try await end(command, by: number, at: partial)
            }
            #expect(code == 128 + number, "\(workshop.output)")
            #expect(workshop.output.contains("interrupted; nothing was changed"))
            #expect(access(workshop.file, F_OK) != 0 || command != backup)
            #expect(access(partial, F_OK) != 0)
            #expect(try Workshop.state(workshop.database) == before)
            // For the restore.
            if command == backup { #expect(try await workshop.run(backup) == 0) }
        }
    }

    /// Sends a command a signal when it has begun to write a file. Blocks meanwhile, for moments: what waited for a thread
    /// of the pool would come too late.
    private func end(_ command: [String], by number: Int32, at partial: String) async throws -> Int32? {
        let process = try workshop.start(command)
        for _ in 0..<50_000 where process.poll() == nil && access(partial, F_OK) != 0 { usleep(100) }
        process.signal(number)
        return await process.end(within: .seconds(20))
    }

    @Test("SIGTERM in the middle of an import into PostgreSQL leaves no row")
    func signalPostgreSQL() async throws {
        let postgres = try await PostgreSQLHost()
        try PostgreSQLMigrator.prepare(url: postgres.url)
        let session = try Workshop.session(postgres.url)
        let process = try workshop.start(["import", workshop.source], url: postgres.url)
        let copying = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY %' AND state = 'active'"
        while process.poll() == nil, try session.first(copying, [], { try $0.integer(0) }) == 0 {}
        process.signal(SIGTERM)
        let code = await process.end(within: .seconds(20))
        #expect(code == 128 + SIGTERM, "\(workshop.output)")
        #expect(workshop.output.contains("interrupted"))
        #expect(try Workshop.state(url: postgres.url).chats == 0)
        #expect(try await workshop.run(["import", workshop.source], url: postgres.url) == 0, "\(workshop.output)")
        await postgres.stop()
    }

    @Test("a limit on the size of files, as a full disk, ends in a message, and nothing is left")
    func limit() async throws {
        rename(workshop.source, workshop.database)
        let command = "ulimit -f 1000; exec \(Martlet.executable) backup \(workshop.file) --data-dir \(workshop.data)"
        let process = try ChildProcess("/bin/bash", ["-c", command], output: workshop.directory + "/out")
        #expect(await process.end(within: .seconds(30)) == 1)
        #expect(workshop.output.contains(workshop.file) && workshop.output.contains("ulimit -f"), "\(workshop.output)")
        #expect(try workshop.files(workshop.directory) == ["data", "out"])
        #expect(try Workshop.state(workshop.database) == Workshop.new)
    }
}
