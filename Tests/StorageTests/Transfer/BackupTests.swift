import Foundation
import GRDB
import Glibc
import Synchronization
import Testing

@testable import Storage

@Suite("Backup: what it makes, on each engine")
struct BackupTests {
    let directory: TemporaryDirectory
    var file: String { directory.path + "/backup.db" }

    init() throws { directory = try TemporaryDirectory() }

    /// A database with a user, and where it is.
    private func makeSource(_ kind: EngineKind) async throws -> DatabaseLocation {
        let place: DatabaseLocation
        switch kind {
        case .sqlite:
            try Migrator.prepare(path: directory.database)
            place = .sqlite(path: directory.database)
        case .postgresql: place = .postgresql(url: try await PostgreSQLServer.shared.value.makeDatabase())
        }
        let database = try open(place)
        try await database.write { try UserTable.insert(.sample("a"), in: $0) }
        try await database.close()
        return place
    }

    private func open(_ place: DatabaseLocation) throws -> Storage.Database {
        switch place {
        case .sqlite(let path): try .open(path: path)
        case .postgresql(let url): try .open(url: url)
        }
    }

    @Test("a backup is a database of Open WebUI in one file that only its owner reads", arguments: EngineKind.allCases)
    func makes(_ kind: EngineKind) async throws {
        let source = try await makeSource(kind)
        let report = try DatabaseBackup(of: source, to: file).run()
        #expect(report.tables == SampleDatabase.tableCount)
        // One user, the revision, 18 migrations of Open WebUI, and Martlet's.
        #expect(report.rows == Int64(20 + Migration.all.count))
        #expect(report.bytes == FileState.size(file) && report.notes == [])
        #expect(try directory.files().filter { !$0.hasPrefix("webui") } == ["backup.db"])
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileState.of(file) == .database(size: report.bytes, wal: false, pending: false))
        try SampleDatabase.query(file) { db throws in
            #expect(try String.fetchOne(db, sql: "SELECT email FROM user") == "a@lab.test")
            #expect(try String.fetchOne(db, sql: "SELECT version_num FROM alembic_version") == Schema.writtenRevision)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM martlet_migration") == Migration.all.count)
            #expect(try db.indexes(on: "chat").count == 7)
        }
        #expect(try Migrator.prepare(path: file) == .unchanged)
    }

    @Test(
        "what others write meanwhile is in it whole or not at all, and all from before", arguments: EngineKind.allCases)
    func consistent(_ kind: EngineKind) async throws {
        let source = try await makeSource(kind)
        let database = try open(source)
        let written = Mutex(0)
        let stop = Mutex(false)
        async let writing: Void = {
            // Pairs: in a state of the database there are as many of one kind as of the other.
            while !stop.withLock({ $0 }) {
                let number = written.withLock { $0 } + 1
                try await database.write { (session: any SQLSession) in
                    for table in ["memory", "note"] {
                        let columns = table == "memory" ? "content" : "title"
                        try session.run(
                            """
                            INSERT INTO \(table) (id, user_id, \(columns), updated_at, created_at)
                            VALUES (?, 'a', ?, 1, 1)
                            """, [.text("\(number)"), .text(String(repeating: "x", count: 3000))])
                    }
                }
                written.withLock { $0 = number }
            }
        }()
        defer { stop.withLock { $0 = true } }
        for round in 1...4 {
            while written.withLock({ $0 }) < round * 15 { try await Task.sleep(for: .milliseconds(1)) }
            let before = written.withLock { $0 }
            let copy = "\(file).\(round)"
            try await Self.run(DatabaseBackup(of: source, to: copy))
            let counts = try SampleDatabase.query(copy) { db in
                try ["memory", "note"].map { try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)") ?? 0 }
            }
            #expect(counts[0] == counts[1] && counts[0] >= before, "\(counts) \(before)")
        }
        stop.withLock { $0 = true }
        try await writing
        try await database.close()
    }

    /// On a thread that may block.
    private static func run(_ backup: DatabaseBackup) async throws {
        _ = try await WorkerPool(name: "test", threads: 1, capacity: 1).run { try backup.run() }
    }

    @Test("a writer waits for nothing while pages are copied, and the copy is of the state at the start")
    func writerIsFree() throws {
        try TransferSample.make(at: directory.database)
        try TransferSample.write(directory.database) { db in
            for number in 0..<3000 {
                try db.execute(
                    sql: "INSERT INTO memory VALUES (?, 'u', ?, 1, 1)",
                    arguments: ["m\(number)", String(repeating: "m", count: 2000)])
            }
        }
        let database = try DatabaseQueue(path: directory.database)
        let longest = Mutex(Duration.zero)
        let steps = Mutex(0)
        let control = TransferControl { progress in
            guard progress.step == .copying else { return }
            steps.withLock { $0 += 1 }
            let start = ContinuousClock.now
            #expect(throws: Never.self) {
                try database.write { try $0.execute(sql: "DELETE FROM memory WHERE rowid % 7 = 1 AND id <> 'm1'") }
            }
            longest.withLock { $0 = max($0, start.duration(to: .now)) }
        }
        try DatabaseBackup(of: .sqlite(path: directory.database), to: file).run(control)
        #expect(steps.withLock { $0 } > 3)
        // A lock would have lasted as long as the backup, which waits for this.
        #expect(longest.withLock { $0 } < .seconds(2))
        #expect(try SampleDatabase.query(file) { try Int.fetchOne($0, sql: "SELECT count(*) FROM memory") } == 3007)
        #expect(try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM memory") ?? 0 } < 3000)
        try database.close()
    }

    @Test("it tells how far it is, up to the end", arguments: EngineKind.allCases)
    func progress(_ kind: EngineKind) async throws {
        let told = Mutex<[TransferProgress]>([])
        let control = TransferControl { progress in told.withLock { $0.append(progress) } }
        try DatabaseBackup(of: try await makeSource(kind), to: file).run(control)
        let copying = told.withLock { $0 }.filter { $0.step == .copying }
        let last = try #require(copying.last)
        #expect(last.done == last.total && last.total > 0)
        #expect(copying.map(\.done) == copying.map(\.done).sorted())
        #expect(told.withLock { $0.last?.step } == .verifying)
    }

    @Test(
        "a cancelled backup leaves nothing", arguments: EngineKind.allCases,
        [TransferProgress.Step.copying, .verifying])
    func cancelled(_ kind: EngineKind, _ step: TransferProgress.Step) async throws {
        let source = try await makeSource(kind)
        let holder = Mutex<TransferControl?>(nil)
        let control = TransferControl { if $0.step == step { holder.withLock { $0 }?.cancel() } }
        holder.withLock { $0 = control }
        let error = #expect(throws: StorageError.self) { try DatabaseBackup(of: source, to: file).run(control) }
        #expect(error?.reason == .cancelled)
        #expect(try directory.files().filter { !$0.hasPrefix("webui") } == [])
        try DatabaseBackup(of: source, to: file).run()
    }

    // MARK: Names

    @Test("an existing file is replaced only when that was asked for; a leftover of a killed run always")
    func existing() async throws {
        let source = try await makeSource(.sqlite)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
        try Data("left".utf8).write(to: URL(fileURLWithPath: file + ".partial"))
        let error = #expect(throws: StorageError.self) { try DatabaseBackup(of: source, to: file).run() }
        #expect(error?.reason == .wouldReplace)
        #expect(FileManager.default.contents(atPath: file) == Data("mine".utf8))
        try DatabaseBackup(of: source, to: file, overwrite: true).run()
        #expect(try SampleDatabase.tables(file).contains("user"))
        #expect(try !directory.files().contains("backup.db.partial"))
    }

    @Test("a file that appears while the backup runs is not replaced")
    func appears() async throws {
        let source = try await makeSource(.sqlite)
        let control = TransferControl { [file] progress in
            if progress.step == .verifying {
                _ = FileManager.default.createFile(atPath: file, contents: Data("mine".utf8))
            }
        }
        let error = #expect(throws: StorageError.self) { try DatabaseBackup(of: source, to: file).run(control) }
        #expect(error?.reason == .wouldReplace)
        #expect(FileManager.default.contents(atPath: file) == Data("mine".utf8))
        #expect(try !directory.files().contains("backup.db.partial"))
    }

    @Test("two backups to one name: the second is refused, the first goes on")
    func twoAtOnce() async throws {
        let source = try await makeSource(.sqlite)
        let control = TransferControl { [file] progress in
            guard progress.step == .verifying else { return }
            let error = #expect(throws: StorageError.self) { try DatabaseBackup(of: source, to: file).run() }
            #expect(error?.reason == .locked)
        }
        try DatabaseBackup(of: source, to: file).run(control)
        #expect(try SampleDatabase.tables(file).contains("user"))
    }

    @Test("the database itself, a device, a directory and a place that is not there are refused, nothing changed")
    func badNames() async throws {
        let source = try await makeSource(.sqlite)
        let alias = directory.path + "/alias"
        symlink(directory.database, alias)
        let before = try directory.contents()
        for name in [directory.database, alias, "/dev/null", directory.path, directory.path + "/none/x"] {
            #expect(throws: StorageError.self, "\(name)") {
                try DatabaseBackup(of: source, to: name, overwrite: true).run()
            }
        }
        #expect(try directory.contents() == before)
        #expect(
            try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType != .typeRegular)
    }

    @Test("a link to a file stays a link, and the file is replaced")
    func link() async throws {
        let source = try await makeSource(.sqlite)
        try Data("old".utf8).write(to: URL(fileURLWithPath: file))
        let alias = directory.path + "/alias"
        symlink(file, alias)
        try DatabaseBackup(of: source, to: alias, overwrite: true).run()
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: alias) == file)
        #expect(try SampleDatabase.tables(file).contains("user"))
    }

    // MARK: Sources

    @Test("no database, an empty one, a foreign one and a damaged one are refused, and nothing is left")
    func badSources() async throws {
        let none = DatabaseBackup(of: .sqlite(path: directory.path + "/none.db"), to: file)
        #expect(#expect(throws: StorageError.self) { try none.run() }?.reason == .absent)
        let url = try await PostgreSQLServer.shared.value.makeDatabase(migrated: false)
        let empty = DatabaseBackup(of: .postgresql(url: url), to: file)
        #expect(#expect(throws: StorageError.self) { try empty.run() }?.reason == .absent)
        try Data(repeating: 7, count: 4096).write(to: URL(fileURLWithPath: directory.database))
        let garbage = DatabaseBackup(of: .sqlite(path: directory.database), to: file)
        #expect(#expect(throws: StorageError.self) { try garbage.run() }?.reason == .notADatabase)
        #expect(try directory.files() == ["webui.db"])
    }

    @Test("a damaged page in the database is found in the copy")
    func damaged() throws {
        try TransferSample.make(at: directory.database, rows: 60)
        try Damage.overwritePages(of: directory.database)
        let backup = DatabaseBackup(of: .sqlite(path: directory.database), to: file)
        let error = #expect(throws: StorageError.self) { try backup.run() }
        #expect(error?.reason == .corrupt)
        #expect(try !directory.files().contains { $0.hasPrefix("backup") })
    }

    @Test("tables and columns of other programs in PostgreSQL are named, with how many rows they have")
    func foreignTables() async throws {
        let server = try await PostgreSQLServer.shared.value
        let url = try server.makeDatabase()
        let session = PostgreSQLSession(try PostgreSQLConnection(PostgreSQLURL(url), limits: PostgreSQLLimits()))
        try session.script(
            """
            CREATE TABLE document_chunk (id text); INSERT INTO document_chunk VALUES ('a'), ('b');
            ALTER TABLE memory ADD COLUMN mood text; INSERT INTO memory VALUES ('m', 'u', 'c', 1, 1, 'fine');
            """)
        let report = try DatabaseBackup(of: .postgresql(url: url), to: file).run()
        #expect(
            report.notes.map { "\($0.outcome) \($0.table).\($0.column ?? "") \($0.count)" } == [
                "leftOut document_chunk. 2", "leftOut memory.mood 1",
            ])
        #expect(try SampleDatabase.query(file) { try String.fetchOne($0, sql: "SELECT content FROM memory") } == "c")
    }

    @Test("a stock database of Open WebUI, without Martlet's tables and in another journal mode, can be backed up")
    func stock() throws {
        try SampleDatabase.stock(at: directory.database)
        try DatabaseBackup(of: .sqlite(path: directory.database), to: file).run()
        #expect(try SampleDatabase.query(file) { try String.fetchOne($0, sql: "SELECT name FROM user") } == "Ursula")
        #expect(try directory.files() == ["backup.db", "webui.db"])
    }
}

/// What a bad disk does.
enum Damage {
    /// Fills the inner and last pages of a table with rubbish.
    static func overwritePages(of path: String) throws {
        let page = try SampleDatabase.query(path) { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'chat_message'") ?? 0
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seek(toOffset: UInt64((page - 1) * 4096))
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 4096))
        try handle.close()
    }
}
