import FoundationEssentials
import GRDB

@testable import Storage

/// Databases as `open-webui==0.8.3` of PyPI leaves them: its own schema and revision, no table of Martlet's.
enum OpenWebUISample {
    static let revision = "b2c3d4e5f6a7"

    /// An SQLite database in a rollback journal, with one administrator, who has chats.
    static func make(
        at path: String, revision: String = revision, chats: Int = 0, password: String = "",
        _ more: (GRDB.Database) throws -> Void = { _ in }
    ) throws {
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            for area in Schema.openWebUI(.sqlite) {
                try db.execute(sql: area.replacing(" job_priority INTEGER DEFAULT '5' NOT NULL,", with: ""))
            }
            try db.execute(sql: "INSERT INTO alembic_version VALUES (?)", arguments: [revision])
            try db.execute(
                sql: """
                    INSERT INTO user (id, name, email, role, profile_image_url, created_at, updated_at, last_active_at)
                    VALUES ('u1', 'Ursula', 'ursula@lab.test', 'admin', '/user.png', 1, 1, 1)
                    """)
            try db.execute(
                sql: "INSERT INTO auth (id, email, password, active) VALUES ('u1', 'ursula@lab.test', ?, 1)",
                arguments: [password])
            try db.execute(
                sql: """
                    INSERT INTO chat (id, user_id, title, archived, created_at, updated_at, chat)
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?)
                    SELECT 'c' || i, 'u1', 'Chat ' || i, 0, 1, 1, '{"text":"' || hex(zeroblob(500)) || '"}' FROM n LIMIT ?
                    """, arguments: [max(chats, 1), chats])
            try more(db)
        }
        try queue.close()
    }

    /// The same for PostgreSQL, without chats, as a script.
    static func postgreSQL() throws -> String {
        let tests = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
        let schema = try String(
            contentsOfFile: tests + "/StorageTests/Fixtures/openwebui-0.8.3-postgresql.sql", encoding: .utf8)
        return schema + """

            INSERT INTO public."user" (id, name, email, role, profile_image_url, created_at, updated_at, last_active_at)
            VALUES ('u1', 'Ursula', 'ursula@lab.test', 'admin', '/user.png', 1, 1, 1);
            """
    }
}
