import Foundation
import GRDB
import Glibc
import Testing

@testable import Storage

/// What only a process of its own can show: other rights, a full disk, death in the middle.
@Suite("Migrator: in a child process")
struct MigratorProcessTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        chmod(directory.path, 0o755)
    }

    /// Root may write anywhere: become nobody.
    static func dropRights() {
        if geteuid() == 0 { precondition(setgid(65534) == 0 && setuid(65534) == 0) }
    }

    @Test("a directory that is not writable is refused")
    func directoryUnwritable() async throws {
        chmod(directory.path, 0o555)
        await #expect(processExitsWith: .success) { [path = directory.database as String] in
            Self.dropRights()
            let error = #expect(throws: StorageError.self) { try Migrator.prepare(path: path) }
            #expect(error?.reason == .directoryUnwritable)
        }
        chmod(directory.path, 0o755)
        #expect(try directory.files().isEmpty)
    }

    @Test("a file that is not writable is refused, untouched")
    func fileUnwritable() async throws {
        try SampleDatabase.stock(at: directory.database)
        chmod(directory.database, 0o444)
        chmod(directory.path, 0o777)
        let before = try directory.contents()
        await #expect(processExitsWith: .success) { [path = directory.database as String] in
            Self.dropRights()
            let error = #expect(throws: StorageError.self) { try Migrator.prepare(path: path) }
            #expect(error?.reason == .fileUnwritable)
        }
        #expect(try directory.contents() == before)
    }

    @Test("a disk that fills up while the database is made leaves nothing half done")
    func fillsUp() async throws {
        await #expect(processExitsWith: .success) { [path = directory.database as String] in
            // A limit on the size of files fails writes as a full disk does.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 64 << 10, rlim_max: 64 << 10)
            precondition(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #expect(throws: StorageError.self) { try Migrator.prepare(path: path) }
        }
        #expect(try directory.files() == ["webui.db.martlet-lock"])
        #expect(try Migrator.prepare(path: directory.database) == .created)
    }

    @Test("a disk that fills up during the snapshot leaves the database as it was")
    func fillsUpDuringSnapshot() async throws {
        try SampleDatabase.stock(at: directory.database)
        let before = try Data(contentsOf: URL(fileURLWithPath: directory.database))
        await #expect(processExitsWith: .success) { [path = directory.database as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 64 << 10, rlim_max: 64 << 10)
            precondition(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            #expect(throws: StorageError.self) { try Migrator.prepare(path: path) }
        }
        #expect(try directory.files() == ["webui.db", "webui.db.martlet-lock"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.database)) == before)
    }

    @Test("a real full file system is told as such", .enabled(if: geteuid() == 0, "needs root to mount a tmpfs"))
    func fullFileSystem() async throws {
        guard mount("tmpfs", directory.path, "tmpfs", 0, "size=64k") == 0 else { return }
        defer { umount2(directory.path, Int32(MNT_DETACH)) }
        let migrator = Migrator(path: directory.database, reserve: -(1 << 30))
        let error = #expect(throws: StorageError.self) { try migrator.prepare() }
        #expect(error?.reason == .diskFull)
        #expect(try directory.files() == ["webui.db.martlet-lock"])
    }

    @Test(
        "kill -9 in the middle of a migration leaves the database as before; the next start migrates it",
        arguments: [false, true])
    func killed(wal: Bool) async throws {
        try SampleDatabase.stock(at: directory.database, wal: wal)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = directory.database as String] in
            let deadly = Migration(name: "0003-deadly") { connection in
                try connection.script("DELETE FROM user;")
                // Enough to spill out of the page cache into the file, so that there is something to roll back.
                try connection.script(
                    """
                    PRAGMA cache_spill = 1; PRAGMA cache_size = 1;
                    CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)
                    SELECT randomblob(200) AS b FROM n;
                    """)
                kill(getpid(), SIGKILL)
            }
            try Migrator(path: path, migrations: Migration.all + [deadly]).prepare()
        }
        guard case .migrated = try Migrator.prepare(path: directory.database) else {
            Issue.record("not migrated")
            return
        }
        #expect(try !SampleDatabase.tables(directory.database).contains("filler"))
        #expect(
            try SampleDatabase.query(directory.database) { try String.fetchOne($0, sql: "SELECT email FROM user") }
                == "ursula@lab.test")
    }

    @Test("kill -9 while a fresh database is made leaves none; the next start makes it")
    func killedWhileCreating() async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = directory.database as String] in
            // Dies at the first write past 100 kB.
            var limit = rlimit(rlim_cur: 100 << 10, rlim_max: 100 << 10)
            precondition(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            signal(SIGXFSZ, dieAtOnce)
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, SIGXFSZ)
            pthread_sigmask(SIG_UNBLOCK, &set, nil)
            try Migrator.prepare(path: path)
        }
        #expect(try !directory.files().contains("webui.db"))
        #expect(try Migrator.prepare(path: directory.database) == .created)
        #expect(try directory.files() == ["webui.db", "webui.db.martlet-lock"])
    }
}

/// A signal handler: nothing more may be done in one.
private func dieAtOnce(_ signal: Int32) {
    kill(getpid(), SIGKILL)
}
