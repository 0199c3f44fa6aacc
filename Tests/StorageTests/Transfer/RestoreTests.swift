import Foundation
import GRDB
import Glibc
import Synchronization
import Testing

@testable import Storage

@Suite("Restore into SQLite: what it replaces, keeps and refuses")
struct RestoreTests {
    let directory: TemporaryDirectory
    let outside: TemporaryDirectory
    var file: String { outside.path + "/backup.db" }

    /// A backup with the user `new`, and a database with the user `old`.
    init() throws {
        directory = try TemporaryDirectory()
        outside = try TemporaryDirectory()
        try Self.make(file, user: "new")
        try DatabaseBackup(of: .sqlite(path: file), to: file + ".b").run()
        rename(file + ".b", file)
        try Self.make(directory.database, user: "old")
        unlink(directory.database + ".martlet-lock")
        unlink(file + ".martlet-lock")
    }

    private static func make(_ path: String, user: String) throws {
        try TransferSample.make(at: path)
        try TransferSample.write(path) { try $0.execute(sql: "UPDATE user SET name = ?", arguments: [user]) }
    }

    private func restore(
        _ purpose: DatabaseRestore.Purpose = .restore, yes: Bool = true, _ control: TransferControl = TransferControl()
    ) throws -> TransferReport {
        try DatabaseRestore(
            purpose, from: file, into: .sqlite(path: directory.database), dataDirectory: directory.path,
            mayReplaceAccounts: yes
        ).run(control)
    }

    private func user(_ path: String) throws -> String? {
        try SampleDatabase.query(path) { try String.fetchOne($0, sql: "SELECT name FROM user") }
    }

    private func expectRefusal(
        _ reason: StorageError.Reason, _ purpose: DatabaseRestore.Purpose = .restore, yes: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = [try directory.contents(), try outside.contents()]
        let error = #expect(throws: StorageError.self, sourceLocation: sourceLocation) {
            try restore(purpose, yes: yes)
        }
        #expect(error?.reason == reason, sourceLocation: sourceLocation)
        #expect([try directory.contents(), try outside.contents()] == before, sourceLocation: sourceLocation)
    }

    @Test("the database is the backup then, ready to serve, and the old one is kept, whole and in one file")
    func replaces() throws {
        let expected = try TransferSample.contents(file)
        let old = try TransferSample.contents(directory.database)
        let before = try outside.contents()
        let report = try restore()
        let kept = try #require(report.kept)
        #expect(kept.hasPrefix(directory.database + ".before-restore-20"))
        #expect(try directory.files() == ["webui.db", String(kept.dropFirst(directory.path.count + 1))])
        #expect(try TransferSample.contents(directory.database) == expected)
        #expect(try TransferSample.contents(kept) == old)
        #expect(try outside.contents() == before)
        #expect(report.rows == 20 + Int64(Migration.all.count - 1 + SampleDatabase.copiedTableCount * 7))
        #expect(try Migrator.prepare(path: directory.database) == .unchanged)
        #expect(try Migrator.prepare(path: kept) != .created)
        let mode = try FileManager.default.attributesOfItem(atPath: directory.database)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("what the old database has in its WAL only is in the kept one, and does not get into the new one")
    func oldWAL() throws {
        // A process that dies leaves its WAL.
        let raw = try DatabaseQueue(path: directory.database)
        try raw.write { try $0.execute(sql: "UPDATE user SET name = 'late'") }
        let dead = directory.path + "/dead"
        try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: false)
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: directory.database + suffix, toPath: dead + "/webui.db" + suffix)
        }
        try raw.close()
        let path = dead + "/webui.db"
        let report = try DatabaseRestore(
            .restore, from: file, into: .sqlite(path: path), dataDirectory: dead, mayReplaceAccounts: true
        ).run()
        #expect(try user(#require(report.kept)) == "late")
        #expect(try user(path) == "new")
        #expect(try FileManager.default.contentsOfDirectory(atPath: dead).count == 2)
    }

    @Test("without leave, accounts are not replaced; where there are none, no leave is needed")
    func accounts() throws {
        try expectRefusal(.wouldReplace, yes: false)
        try expectRefusal(.wouldReplace, .import)
        try TransferSample.write(directory.database) { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            try db.execute(sql: "DELETE FROM user")
        }
        #expect(try restore(.import, yes: false).kept?.contains("before-import-") == true)
        unlink(directory.database)
        #expect(try restore(yes: false).kept == nil)
        #expect(try user(directory.database) == "new")
    }

    @Test("where there is no database yet, an orphaned journal is set aside, not replayed")
    func none() throws {
        unlink(directory.database)
        try Data("old".utf8).write(to: URL(fileURLWithPath: directory.database + "-wal"))
        #expect(try restore(yes: false).kept == nil)
        #expect(try directory.files() == ["webui.db", "webui.db-wal.orphaned"])
        #expect(try user(directory.database) == "new")
    }

    @Test("a damaged database, and what is none, are set aside as they are, with their WAL", arguments: [false, true])
    func damagedTarget(_ isDatabase: Bool) throws {
        if isDatabase {
            // The header is right, and nothing else.
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: directory.database))
            try handle.seek(toOffset: 100)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 4000))
            try handle.close()
        } else {
            try Data(repeating: 9, count: 5000).write(to: URL(fileURLWithPath: directory.database))
        }
        try Data("wal".utf8).write(to: URL(fileURLWithPath: directory.database + "-wal"))
        try Data("shm".utf8).write(to: URL(fileURLWithPath: directory.database + "-shm"))
        let before = FileManager.default.contents(atPath: directory.database)
        #expect(throws: StorageError.self) { try restore(yes: false) }
        let kept = try #require(try restore().kept)
        #expect(FileManager.default.contents(atPath: kept) == before)
        #expect(try user(directory.database) == "new")
        #expect(try !directory.files().contains("webui.db-wal"))
    }

    @Test("the source's version, kind and soundness are checked before anything is touched")
    func badSources() throws {
        func become(_ sql: String) throws { try TransferSample.write(file) { try $0.execute(sql: sql) } }
        try become("UPDATE alembic_version SET version_num = 'a1b2c3d4e5f6'")
        try expectRefusal(.olderVersion("a1b2c3d4e5f6"))
        try become("UPDATE alembic_version SET version_num = 'ffffffffffff'")
        try expectRefusal(.newerVersion("ffffffffffff"))
        try become("UPDATE alembic_version SET version_num = 'b2c3d4e5f6a7'")
        try become("INSERT INTO martlet_migration VALUES ('9999-future', 1)")
        try expectRefusal(.newerVersion("9999-future"))
        try become("DROP TABLE alembic_version")
        try expectRefusal(.notOpenWebUI)
        try Data(repeating: 1, count: 9000).write(to: URL(fileURLWithPath: file))
        try expectRefusal(.notADatabase)
        try Data().write(to: URL(fileURLWithPath: file))
        try expectRefusal(.notADatabase)
        unlink(file)
        try expectRefusal(.absent)
        symlink(directory.database, file)
        try expectRefusal(.wouldReplace)
    }

    @Test("a cut or damaged backup is refused", arguments: [true, false])
    func damagedSource(_ isCut: Bool) throws {
        if isCut { truncate(file, off_t(FileState.size(file) / 2)) } else { try Damage.overwritePages(of: file) }
        try expectRefusal(.corrupt)
    }

    @Test("a database that another program has open is not replaced")
    func inUse() throws {
        let other = try DatabasePool(path: directory.database)
        try other.read { _ = try String.fetchOne($0, sql: "SELECT name FROM user") }
        let error = #expect(throws: StorageError.self) { try restore() }
        #expect(error?.reason == .busy)
        #expect(try directory.files() == ["webui.db", "webui.db-shm", "webui.db-wal"])
        #expect(try other.read { try String.fetchOne($0, sql: "SELECT name FROM user") } == "old")
        try other.close()
        #expect(try restore().kept != nil)
    }

    @Test("while a server holds the directory it is refused; while it runs, no server and no other restore may begin")
    func locks() throws {
        let serving = try (0..<2).map { _ in try DataDirectoryLock(directory.path, .shared).keep() }
        try expectRefusal(.locked)
        for descriptor in serving { close(descriptor) }
        let control = TransferControl { [path = directory.path] _ in
            for kind in [DataDirectoryLock.Kind.shared, .exclusive] {
                let error = #expect(throws: StorageError.self) { _ = try DataDirectoryLock(path, kind).keep() }
                #expect(error?.reason == .locked)
            }
        }
        _ = try restore(.restore, yes: true, control)
    }

    @Test("a lock that is refused closes its descriptor once: never another's")
    func refusedLock() async throws {
        // In a process of its own, whose other threads would lose theirs.
        await #expect(processExitsWith: .success) { [path = directory.path as String] in
            let kept = try DataDirectoryLock(path, .exclusive).keep()
            let isDone = Atomic(false)
            async let lost = WorkerPool(name: "watcher", threads: 1, capacity: 1).run {
                var lost = 0
                while !isDone.load(ordering: .relaxed) {
                    let file = open("/dev/null", O_RDONLY)
                    if close(file) != 0 { lost += 1 }
                }
                return lost
            }
            for _ in 0..<50_000 { _ = try? DataDirectoryLock(path, .shared) }
            isDone.store(true, ordering: .relaxed)
            #expect(try await lost == 0)
            close(kept)
        }
    }

    @Test("a lock outlives its owner when it is kept, and goes with its descriptor")
    func keptLock() throws {
        let descriptor = try DataDirectoryLock(directory.path, .shared).keep()
        #expect(throws: StorageError.self) { _ = try DataDirectoryLock(directory.path, .exclusive).keep() }
        close(descriptor)
        close(try DataDirectoryLock(directory.path, .exclusive).keep())
        #expect(try DataDirectoryLock("/nowhere", .exclusive).keep() == -1)
    }

    @Test("a cancelled restore changes nothing", arguments: [TransferProgress.Step.copying, .verifying])
    func cancelled(_ step: TransferProgress.Step) throws {
        let before = try directory.contents()
        let holder = Mutex<TransferControl?>(nil)
        let control = TransferControl { if $0.step == step { holder.withLock { $0 }?.cancel() } }
        holder.withLock { $0 = control }
        #expect(#expect(throws: StorageError.self) { try restore(.restore, yes: true, control) }?.reason == .cancelled)
        #expect(try directory.contents() == before)
    }

    @Test("what a killed restore left is cleared away by the next")
    func leftovers() throws {
        for suffix in [".martlet-restore", ".martlet-restore-wal", ".martlet-restore-journal"] {
            try Data("left".utf8).write(to: URL(fileURLWithPath: directory.database + suffix))
        }
        // Killed between the two names and the rename.
        let kept = directory.database + ".before-restore-20240501T120000Z"
        link(directory.database, kept)
        let report = try restore()
        #expect(try directory.files().count == 2)
        #expect(report.kept != kept && access(kept, F_OK) != 0)
        #expect(try user(#require(report.kept)) == "old")
    }

    @Test("a swap that was killed after it had moved a WAL gives it back")
    func leftoverWAL() throws {
        let kept = directory.database + ".before-restore-20240501T120000Z"
        link(directory.database, kept)
        try Data("wal".utf8).write(to: URL(fileURLWithPath: kept + "-wal"))
        DatabaseSwap(path: directory.database, label: "before-restore").recover()
        #expect(try directory.files() == ["webui.db", "webui.db-wal"])
    }

    @Test("two restores of the same second keep both old databases")
    func twice() throws {
        let first = try restore().kept
        let second = try restore().kept
        #expect(first != second && second != nil)
        #expect(try user(#require(first)) == "old")
        #expect(try user(#require(second)) == "new")
    }

    @Test("a stock webui.db gets Martlet's tables on the way, whatever its journal mode", arguments: [false, true])
    func stock(_ wal: Bool) throws {
        unlink(file)
        try SampleDatabase.stock(at: file, wal: wal)
        let before = try outside.contents()
        _ = try restore()
        #expect(try outside.contents() == before)
        #expect(try user(directory.database) == "Ursula")
        #expect(try SampleDatabase.tables(directory.database).isSuperset(of: ["job", "martlet_migration"]))
        #expect(try Migrator.prepare(path: directory.database) == .unchanged)
    }

    @Test("a source with a WAL beside it is read with it, and neither of them is changed")
    func sourceWAL() throws {
        unlink(file)
        try SampleDatabase.stock(at: file, wal: true)
        let open = try DatabaseQueue(path: file)
        try open.write { try $0.execute(sql: "UPDATE user SET name = 'in the WAL'") }
        let before = try outside.contents()
        _ = try restore()
        let after = try outside.contents()
        for name in ["backup.db", "backup.db-wal"] { #expect(after[name] == before[name] && after[name] != nil) }
        #expect(try user(directory.database) == "in the WAL")
        try open.close()
    }

    @Test("a source that a killed program left in the middle of a transaction is refused, unchanged")
    func hotJournal() async throws {
        unlink(file)
        try SampleDatabase.stock(at: file)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = file as String] in
            let queue = try DatabaseQueue(path: path)
            try await queue.write { db in
                try db.execute(
                    sql: """
                        PRAGMA cache_size = 1;
                        CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9000)
                        SELECT randomblob(200) AS b FROM n; UPDATE user SET name = 'half';
                        """)
                kill(getpid(), SIGKILL)
            }
        }
        #expect(try outside.files().contains("backup.db-journal"))
        let before = try outside.contents()
        let error = #expect(throws: StorageError.self) { try restore() }
        #expect(error?.advice.contains("-journal") == true)
        #expect(try outside.contents() == before)
        #expect(try user(directory.database) == "old")
    }

    @Test("a link to the database stays a link")
    func linked() throws {
        let link = outside.path + "/webui.db"
        symlink(directory.database, link)
        let report = try DatabaseRestore(
            .restore, from: file, into: .sqlite(path: link), dataDirectory: outside.path, mayReplaceAccounts: true
        ).run()
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == directory.database)
        #expect(try user(link) == "new")
        #expect(report.kept?.hasPrefix(directory.database) == true)
    }

    @Test("root gives the new database to the owner of the old one", .enabled(if: geteuid() == 0, "needs root"))
    func owner() throws {
        chown(directory.database, 65534, 65534)
        _ = try restore()
        var status = stat()
        #expect(stat(directory.database, &status) == 0 && status.st_uid == 65534 && status.st_gid == 65534)
    }

    @Test(
        "a disk without room is told before anything is written, and while it is written",
        .enabled(if: geteuid() == 0, "needs root to mount a tmpfs"))
    func fullDisk() throws {
        let place = directory.path + "/small"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        guard mount("tmpfs", place, "tmpfs", 0, "size=200k") == 0 else { return }
        defer { umount2(place, Int32(MNT_DETACH)) }
        let restore = DatabaseRestore(
            .restore, from: file, into: .sqlite(path: place + "/webui.db"), dataDirectory: place)
        #expect(#expect(throws: StorageError.self) { try restore.run() }?.reason == .diskFull)
        let backup = DatabaseBackup(of: .sqlite(path: directory.database), to: place + "/b.db")
        #expect(#expect(throws: StorageError.self) { try backup.run() }?.reason == .diskFull)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place) == [])
    }
}
