import Foundation
import GRDB
import Glibc
import Synchronization
import Testing

@testable import Storage

@Suite("Import and restore into PostgreSQL: all or nothing, and nothing without a word")
struct ImportTests {
    let directory: TemporaryDirectory
    let server: PostgreSQLServer
    let url: String
    var file: String { directory.database }

    /// An empty database of PostgreSQL, without tables.
    init() async throws {
        directory = try TemporaryDirectory()
        server = try await PostgreSQLServer.shared.value
        url = try server.makeDatabase(migrated: false)
    }

    private func session() throws -> PostgreSQLSession {
        let connection = try PostgreSQLConnection(PostgreSQLURL(url), limits: PostgreSQLLimits())
        try PostgreSQLSession(connection).script("SET application_name = 'test'")
        return PostgreSQLSession(connection)
    }

    private func run(
        _ purpose: DatabaseRestore.Purpose = .import, yes: Bool = false, _ control: TransferControl = TransferControl()
    ) throws -> TransferReport {
        try DatabaseRestore(
            purpose, from: file, into: .postgresql(url: url), dataDirectory: directory.path, mayReplaceAccounts: yes
        ).run(control)
    }

    private func write(_ body: @Sendable (GRDB.Database) throws -> Void) throws {
        try TransferSample.write(file) { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = 1")
            try body(db)
        }
    }

    /// As Open WebUI does, which does not turn foreign keys on.
    private func writeWithoutForeignKeys(_ sql: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    private func texts(_ notes: [TransferNote]) -> [String] {
        notes.map { note in
            let place = note.column.map { "\(note.table).\($0)" } ?? note.table
            return "\(note.outcome.rawValue) \(place) \(note.count) \(note.reason) \(note.examples)"
        }
    }

    // MARK: Everything arrives

    @Test("SQLite to PostgreSQL and back is row for row the same, in every table")
    func roundTrip() throws {
        try TransferSample.make(at: file, rows: 14)
        let before = try directory.contents()
        let contents = try TransferSample.contents(file)
        let report = try run()
        #expect(report.notes == [] && report.rows == Int64(SampleDatabase.copiedTableCount) * 14 && report.bytes == 0)
        let copy = directory.path + "/copy.db"
        let back = try DatabaseBackup(of: .postgresql(url: url), to: copy).run()
        #expect(back.notes == [])
        let copied = try TransferSample.contents(copy)
        #expect(copied.count == SampleDatabase.copiedTableCount)
        for (table, rows) in contents { #expect(copied[table] == rows, "\(table)") }
        #expect(try directory.contents().filter { !$0.key.hasPrefix("copy") } == before)
        // And once more, over what is there.
        _ = try DatabaseRestore(
            .restore, from: copy, into: .postgresql(url: url), dataDirectory: directory.path, mayReplaceAccounts: true
        ).run()
        try DatabaseBackup(of: .postgresql(url: url), to: copy, overwrite: true).run()
        #expect(try TransferSample.contents(copy) == copied)
    }

    @Test("what was imported serves: people are found, and what is counted up goes on behind the highest number")
    func serves() async throws {
        try TransferSample.make(at: file, rows: 9)
        _ = try run()
        let database = try Storage.Database.open(url: url)
        try await database.write { session in
            #expect(try UserTable.find(id: "id-3", in: session)?.role.hasPrefix("role 3") == true)
            try session.run("INSERT INTO config (data, version) VALUES ('{}', 1)", [])
            #expect(try session.integer("SELECT max(id) FROM config") == 10)
            try session.run("INSERT INTO backend_snapshot (captured_at, backend_url) VALUES (1, 'u')", [])
            #expect(try session.integer("SELECT max(id) FROM backend_snapshot") == 10)
        }
        try await database.close()
        #expect(try PostgreSQLMigrator.prepare(url: url) == .unchanged)
    }

    @Test("an empty table leaves its sequence at the beginning")
    func emptySequence() throws {
        try Migrator.prepare(path: file)
        _ = try run()
        #expect(try session().integer("SELECT nextval('config_id_seq')") == 1)
    }

    @Test("a stock webui.db, without the tables of jobs, is taken")
    func stock() throws {
        try SampleDatabase.stock(at: file)
        #expect(try run().notes == [])
        let session = try session()
        #expect(try session.text("SELECT name FROM \"user\"") == "Ursula")
        #expect(try session.integer("SELECT job_priority FROM \"user\"") == 5)
    }

    @Test("long rows pass whole", arguments: [3_000_000])
    func hugeRow(_ size: Int) throws {
        try SampleDatabase.stock(at: file)
        let text = String(repeating: "\\n\\\"ü", count: size / 6)
        let chat = "{\"title\":\"\(text)\"}"
        try TransferSample.write(file) { db in
            for id in ["c1", "c2"] {
                try db.execute(
                    sql: """
                        INSERT INTO chat (id, user_id, title, archived, created_at, updated_at, chat)
                        VALUES (?, 'u1', 't', 0, 1, 1, ?)
                        """, arguments: [id, chat])
            }
        }
        #expect(try run().notes == [])
        let copy = directory.path + "/copy.db"
        try DatabaseBackup(of: .postgresql(url: url), to: copy).run()
        let found = try SampleDatabase.query(copy) { try String.fetchAll($0, sql: "SELECT chat FROM chat") }
        #expect(found.count == 2 && found.allSatisfy { $0 == chat })
    }

    // MARK: What does not fit

    @Test("values that PostgreSQL cannot hold are changed, and every one is told")
    func changed() throws {
        try SampleDatabase.stock(at: file)
        try write { db in
            try db.execute(
                sql: """
                    UPDATE user SET name = CAST(x'610062' AS TEXT), bio = CAST(x'61ff62' AS TEXT), username = ?,
                        date_of_birth = 'long ago', info = '{"x": NaN}', settings = 'not JSON "', scim = '',
                        oauth = CAST(x'7b2261223a2261005c7530303030227d' AS TEXT), status_expires_at = 'soon',
                        created_at = 1.7e9, last_active_at = '2024-05-01 12:30:00', updated_at = 'yesterday',
                        gender = x'6d', timezone = 5, presence_state = 2.5
                    """, arguments: [String(repeating: "ü", count: 60)])
            try db.execute(sql: "INSERT INTO auth VALUES ('u1', 'e', 'p', 'true'), ('u2', 'e', 'p', 'maybe')")
            try db.execute(sql: "INSERT INTO config (data, version, created_at) VALUES (1e999, 5000000000, 86400)")
        }
        let report = try run()
        #expect(
            Set(texts(report.notes)) == [
                "changed user.name 1 NUL characters taken out [\"u1\"]",
                "changed user.bio 1 invalid UTF-8 replaced by U+FFFD [\"u1\"]",
                "changed user.username 1 longer than the column, or an index on it, takes: cut [\"u1\"]",
                "changed user.date_of_birth 1 no time: NULL now [\"u1\"]",
                "changed user.info 1 JSON mended (NaN, Infinity, \\u0000 or half a surrogate pair) [\"u1\"]",
                "changed user.settings 1 no JSON: kept as a JSON string [\"u1\"]",
                "changed user.scim 1 no JSON: kept as a JSON string [\"u1\"]",
                "changed user.oauth 1 JSON mended (NaN, Infinity, \\u0000 or half a surrogate pair) [\"u1\"]",
                "changed user.status_expires_at 1 no integer: NULL now [\"u1\"]",
                "changed user.updated_at 1 no integer, where a value must be: '0' now [\"u1\"]",
                "changed auth.active 1 no truth value, where a value must be: 'f' now [\"u2\"]",
                "changed config.data 1 JSON mended (NaN, Infinity, \\u0000 or half a surrogate pair) [\"1\"]",
                "changed config.version 1 no integer of 32 bits, where a value must be: '0' now [\"1\"]",
            ])
        let session = try session()
        let row = try session.rows(
            """
            SELECT name, bio, username, date_of_birth, info, settings, scim, oauth, status_expires_at, created_at,
                last_active_at, updated_at, gender, timezone, presence_state FROM "user"
            """, []
        ) { row in try (0..<15).map { try row.optionalText($0) } }
        #expect(
            row == [
                [
                    "ab", "a\u{FFFD}b", String(repeating: "ü", count: 50), nil, "{\"x\": null}", "\"not JSON \\\"\"",
                    "\"\"", "{\"a\":\"a\"}", nil, "1700000000", "1714566600", "0", "m", "5", "2.5",
                ]
            ])
        #expect(try session.texts("SELECT active FROM auth ORDER BY id") == ["1", "0"])
        #expect(try session.texts("SELECT concat(data, ' ', created_at) FROM config") == ["null 1970-01-02 00:00:00"])
    }

    @Test("rows that refer to nothing, as they stay after a deletion, are left out and listed; the others arrive")
    func orphans() throws {
        try TransferSample.make(at: file, rows: 6)
        try writeWithoutForeignKeys(
            """
            DELETE FROM chat WHERE id IN ('id-2', 'id-4'); DELETE FROM user WHERE id = 'id-5';
            DELETE FROM message WHERE id = 'id-1';
            """)
        let report = try run()
        #expect(
            Set(texts(report.notes)) == [
                "left out chat_file.chat_id 2 refers to nothing in chat [\"id-2\", \"id-4\"]",
                "left out chat_message.chat_id 2 refers to nothing in chat [\"id-2\", \"id-4\"]",
                "left out api_key.user_id 1 refers to nothing in user [\"id-5\"]",
                "left out martlet_scim_user.user_id 1 refers to nothing in user [\"id-5\"]",
                "left out martlet_scim_email.user_id 1 refers to nothing in user [\"id-5\"]",
                "left out group_member.user_id 1 refers to nothing in user [\"id-5\"]",
                "left out oauth_session.user_id 1 refers to nothing in user [\"id-5\"]",
                "left out channel_file.message_id 1 refers to nothing in message [\"id-1\"]",
            ])
        let session = try session()
        #expect(try session.texts("SELECT id FROM chat_message ORDER BY id") == ["id-1", "id-3", "id-5", "id-6"])
        #expect(report.rows == Int64(SampleDatabase.copiedTableCount) * 6 - 4 - 10)
    }

    @Test("a row whose key cannot be held is left out, and with it what refers to it")
    func badKeys() throws {
        try TransferSample.make(at: file, rows: 3)
        try writeWithoutForeignKeys(
            """
            UPDATE chat SET id = CAST(x'6964002d32' AS TEXT) WHERE id = 'id-2';
            UPDATE chat_message SET chat_id = CAST(x'6964002d32' AS TEXT) WHERE id = 'id-2';
            UPDATE chat_file SET chat_id = 'id-1' WHERE id = 'id-2';
            UPDATE tag SET id = printf('%.*c', 300, 't') WHERE id = 'id-1';
            """)
        let report = try run()
        let texts = texts(report.notes)
        #expect(texts.count == 3)
        #expect(texts.contains("left out chat.id 1 NUL characters taken out [\"id�-2\"]"))
        #expect(
            texts.contains("left out chat_message.chat_id 1 NUL characters taken out [\"id-2\"]")
                || texts.contains("left out chat_message.chat_id 1 refers to a row of chat that is left out [\"id-2\"]")
        )
        #expect(texts.contains { $0.hasPrefix("left out tag.id 1 longer than the column") && $0.contains("ttt…") })
        #expect(try session().texts("SELECT id FROM chat_file ORDER BY id") == ["id-1", "id-2", "id-3"])
    }

    @Test("tables and columns of other programs are named, and more of one kind than is listed are counted")
    func unknown() throws {
        try SampleDatabase.stock(at: file)
        try write { db in
            try db.execute(sql: "CREATE TABLE plugin_data (x); INSERT INTO plugin_data VALUES (1), (2), (3)")
            try db.execute(sql: "ALTER TABLE user ADD COLUMN mood TEXT DEFAULT 'fine'")
            for number in 0..<50 {
                try db.execute(
                    sql: "INSERT INTO memory VALUES (?, 'u1', CAST(x'0041' AS TEXT), 1, 1)", arguments: ["m\(number)"])
            }
        }
        let notes = try run().notes
        #expect(
            texts(notes.filter { $0.outcome == .leftOut })
                == [
                    "left out plugin_data 3 a table of another program []",
                    "left out user.mood 1 a column of another program []",
                ].sorted { first, _ in texts(notes).first == first })
        let changed = try #require(notes.last)
        #expect(changed.table == "memory" && changed.count == 50 && changed.examples.count == 20)
    }

    // MARK: All or nothing

    @Test("accounts are not replaced by an import, nor by a restore without leave, and no table is made")
    func accounts() throws {
        try SampleDatabase.stock(at: file)
        _ = try run()
        try write { try $0.execute(sql: "UPDATE user SET name = 'Other'") }
        for purpose in [DatabaseRestore.Purpose.import, .restore] {
            #expect(#expect(throws: StorageError.self) { try run(purpose) }?.reason == .wouldReplace)
        }
        #expect(try session().text("SELECT name FROM \"user\"") == "Ursula")
        _ = try run(.restore, yes: true)
        #expect(try session().text("SELECT name FROM \"user\"") == "Other")
    }

    @Test("a failure at the end undoes everything, the sequences too")
    func failure() throws {
        try TransferSample.make(at: file, rows: 4)
        _ = try run()
        let before = try rows()
        try write { db in
            try db.execute(sql: "DELETE FROM config")
            try db.execute(sql: "UPDATE note SET title = 'changed'")
        }
        // Not there when the source is checked: something takes away a row on its way.
        try session().script(
            """
            CREATE FUNCTION eat() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER eat BEFORE INSERT ON skill FOR EACH ROW EXECUTE FUNCTION eat();
            """)
        #expect(throws: StorageError.self) { try run(.restore, yes: true) }
        #expect(try rows() == before)
        #expect(try session().integer("SELECT nextval('config_id_seq')") == 5)
    }

    /// Every row of every table.
    private func rows() throws -> [String: [String]] {
        let session = try session()
        return try TransferTables.ofSchema().all.reduce(into: [:]) { rows, table in
            rows[table.name] = try session.texts(
                "SELECT concat(x) FROM \(table.name.quotedName) x ORDER BY concat(x)")
        }
    }

    @Test("a cancelled import leaves no row", arguments: [TransferProgress.Step.checking, .copying, .verifying])
    func cancelled(_ step: TransferProgress.Step) throws {
        try TransferSample.make(at: file, rows: 4)
        let holder = Mutex<TransferControl?>(nil)
        let control = TransferControl { if $0.step == step { holder.withLock { $0 }?.cancel() } }
        holder.withLock { $0 = control }
        #expect(#expect(throws: StorageError.self) { try run(.import, yes: false, control) }?.reason == .cancelled)
        let tables = try session().integer("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") ?? 0
        if tables > 0 { #expect(try session().integer("SELECT count(*) FROM \"user\"") == 0) }
        #expect(try run().rows == Int64(SampleDatabase.copiedTableCount) * 4)
    }

    @Test("cancel ends the wait for a server that has stopped answering")
    func cancelledWhileWaiting() async throws {
        try SampleDatabase.stock(at: file)
        try PostgreSQLMigrator.prepare(url: url)
        let holder = try session()
        try holder.script("BEGIN; LOCK TABLE \"user\" IN ACCESS EXCLUSIVE MODE")
        let control = TransferControl()
        let restore = DatabaseRestore(
            .import, from: file, into: .postgresql(url: url), dataDirectory: directory.path)
        let running = Task {
            try await WorkerPool(name: "test", threads: 1, capacity: 1).run { try restore.run(control) }
        }
        let watcher = try session()
        while try watcher.integer(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ) == 0 {
            try await Task.sleep(for: .milliseconds(5))
        }
        let start = ContinuousClock.now
        control.cancel()
        let error = await #expect(throws: StorageError.self) { try await running.value }
        #expect(error?.reason == .cancelled)
        #expect(start.duration(to: .now) < .seconds(4))
    }

    @Test("a server that uses the database is found by its connections, and the import refused")
    func servers() async throws {
        try SampleDatabase.stock(at: file)
        try PostgreSQLMigrator.prepare(url: url)
        let database = try Storage.Database.open(url: url)
        _ = try await database.read { try UserTable.count(in: $0) }
        let error = #expect(throws: StorageError.self) { try run() }
        #expect(error?.reason == .locked && error?.message.contains("this host") == true)
        try await database.close()
        let watcher = try session()
        while try watcher.integer(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'martlet'")
            != 0
        {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try run().rows > 0)
    }

    @Test("a target of another version or program is refused, unchanged")
    func badTargets() throws {
        try SampleDatabase.stock(at: file)
        try session().script("CREATE TABLE song (title text)")
        #expect(#expect(throws: StorageError.self) { try run() }?.reason == .notOpenWebUI)
        #expect(try session().integer("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1)
        #expect(throws: StorageError.self) {
            try DatabaseRestore(
                .import, from: file, into: .postgresql(url: "postgresql://martlet@/none?host=\(server.directory)"),
                dataDirectory: directory.path
            ).run()
        }
    }

    @Test("a source that is damaged, or written to meanwhile, is refused before anything is committed")
    func unfitSource() throws {
        try TransferSample.make(at: file, rows: 60)
        let control = TransferControl { [file] progress in
            // As a program does that takes no lock.
            guard progress.step == .verifying, let handle = FileHandle(forWritingAtPath: file) else { return }
            try? handle.seek(toOffset: 92)
            try? handle.write(contentsOf: Data([1]))
            try? handle.close()
        }
        #expect(#expect(throws: StorageError.self) { try run(.import, yes: false, control) }?.reason == .busy)
        #expect(try session().integer("SELECT count(*) FROM \"user\"") == 0)
        try Damage.overwritePages(of: file)
        #expect(#expect(throws: StorageError.self) { try run() }?.reason == .corrupt)
    }
}
