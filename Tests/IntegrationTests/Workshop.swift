import FoundationEssentials
import GRDB
import Glibc
import Testing

@testable import Storage

/// A directory with an old database in `data`, and a backup of another one, for tests that run `martlet backup`, `restore`
/// and `import` on them.
final class Workshop: Sendable {
    /// What a database is, told by looking at all of it.
    struct State: Equatable {
        var user: String?
        var chats: Int
        var isSound: Bool
    }

    static let old = State(user: "old", chats: 300, isSound: true)
    static let new = State(user: "new", chats: 2000, isSound: true)

    let directory = Martlet.temporaryDirectory()
    var data: String { directory + "/data" }
    var database: String { data + "/webui.db" }
    /// An SQLite database with `new`.
    var source: String { directory + "/source.db" }
    var file: String { directory + "/backup.db" }

    init() throws {
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        try Self.make(database, Self.old)
        try Self.make(source, Self.new)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private static func make(_ path: String, _ state: State) throws {
        try Migrator.prepare(path: path)
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            try db.execute(
                sql: """
                    INSERT INTO user (id, name, email, role, profile_image_url, created_at, updated_at, last_active_at)
                    VALUES ('u', ?, 'e', 'admin', '', 1, 1, 1)
                    """, arguments: [state.user])
            let text = String(repeating: "\\u00fc \\n", count: 100)
            for number in 0..<state.chats {
                try db.execute(
                    sql: """
                        INSERT INTO chat (id, user_id, title, archived, created_at, updated_at, chat)
                        VALUES (?, 'u', 't', 0, 1, 1, ?)
                        """, arguments: ["c\(number)", "{\"text\":\"\(text)\"}"])
            }
        }
        try queue.close()
    }

    /// Some sixty megabytes more, for what must not be over too soon.
    func enlarge() throws {
        let queue = try DatabaseQueue(path: database)
        try queue.write { db in
            try db.execute(
                sql: """
                    INSERT INTO memory WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 15000)
                    SELECT 'm' || i, 'u', hex(zeroblob(2000)), 1, 1 FROM n
                    """)
        }
        try queue.close()
    }

    static func state(_ path: String) throws -> State {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { db in
            State(
                user: try String.fetchOne(db, sql: "SELECT name FROM user"),
                chats: try Int.fetchOne(db, sql: "SELECT count(*) FROM chat") ?? 0,
                isSound: try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
        }
    }

    /// Of a PostgreSQL database; waits for transactions that hold it.
    static func state(url: String) throws -> State {
        let session = try session(url)
        return State(
            user: try session.first("SELECT name FROM \"user\"", []) { try $0.text(0) },
            chats: try session.first("SELECT count(*) FROM chat", []) { Int(try $0.integer(0)) } ?? 0, isSound: true)
    }

    static func session(_ url: String) throws -> PostgreSQLSession {
        let session = PostgreSQLSession(try PostgreSQLConnection(PostgreSQLURL(url), limits: PostgreSQLLimits()))
        try session.script("SET application_name = 'test'")
        return session
    }

    func files(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { !$0.hasSuffix(".martlet-lock") }.sorted()
    }

    /// Starts `martlet …` on the data directory, or on the PostgreSQL database.
    func start(_ arguments: [String], url: String? = nil, data: String? = nil) throws -> ChildProcess {
        unlink(directory + "/out")
        return try ChildProcess(
            Martlet.executable, arguments + ["--data-dir", data ?? self.data], output: directory + "/out",
            environment: url.map { ["DATABASE_URL": $0] } ?? [:])
    }

    var output: String { (try? String(contentsOfFile: directory + "/out", encoding: .utf8)) ?? "" }

    /// Runs it to its end.
    func run(_ arguments: [String], url: String? = nil, data: String? = nil) async throws -> Int32? {
        try await start(arguments, url: url, data: data).end(within: .seconds(60))
    }

    /// Kills it with -9 at moments all over its work, told by the bytes that it has read and written, and looks each time.
    ///
    /// - Parameter look: gets the moment, for messages, and whether the command had ended by itself.
    func kill(
        _ arguments: [String], url: String? = nil, rounds: Int,
        _ look: (_ moment: String, _ hasEnded: Bool) async throws -> Void
    ) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let first = try start(arguments, url: url)
        let whole = try await first.work(until: .max)
        #expect(await first.end(within: .seconds(60)) == 0, "\(output)")
        try await look("at its end", true)
        for round in 0..<rounds {
            let share = (Double(round) + .random(in: 0..<1, using: &random)) / Double(rounds)
            let process = try start(arguments, url: url)
            _ = try await process.work(until: Int(Double(whole) * share))
            process.signal(SIGKILL)
            process.reap()
            try await look("seed \(seed), after \(Int(share * 100)) % of its work", process.poll() == 0)
        }
        #expect(try await run(arguments, url: url) == 0, "\(output)")
        try await look("seed \(seed), at the end of the last run", true)
    }
}

extension ChildProcess {
    /// The bytes that it has read from files and written so far; nil when it is gone.
    var work: Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/io", encoding: .utf8) else { return nil }
        let counts = text.split(separator: "\n").prefix(2).compactMap {
            $0.split(separator: " ").last.flatMap { Int($0) }
        }
        return counts.reduce(0, +)
    }

    /// Waits until it has done so much, or has ended.
    /// - Returns: how much it has done.
    func work(until wanted: Int) async throws -> Int {
        var done = 0
        while let now = work {
            done = max(done, now)
            guard done < wanted, poll() == nil else { break }
            try await Task.sleep(for: .milliseconds(1))
        }
        return done
    }
}
