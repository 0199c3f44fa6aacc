import Foundation
import GRDB

@testable import Storage

/// Databases as other programs leave them.
enum SampleDatabase {
    /// Tables of a fresh database.
    static let tableCount = Schema.fresh(.sqlite).joined().components(separatedBy: "CREATE TABLE").count - 1
    /// Those whose rows a transfer copies: all but the bookkeeping of three migrators.
    static let copiedTableCount = tableCount - 3

    /// As `open-webui==0.8.3` of PyPI leaves it: another revision, no job tables, rollback journal, one user.
    static func stock(at path: String, revision: String = "b2c3d4e5f6a7", wal: Bool = false) throws {
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
        }
        if wal { try queue.inDatabase { _ = try String.fetchOne($0, sql: "PRAGMA journal_mode = WAL") } }
        try queue.close()
    }

    static func columns(_ path: String, _ table: String) throws -> [String] {
        try query(path) { try $0.columns(in: table).map(\.name) }
    }

    static func tables(_ path: String) throws -> Set<String> {
        try query(path) {
            try String.fetchSet($0, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    }

    static func query<T: Sendable>(_ path: String, _ body: @Sendable (GRDB.Database) throws -> T) throws -> T {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read(body)
    }
}
