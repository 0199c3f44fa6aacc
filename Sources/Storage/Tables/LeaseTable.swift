/// `martlet_lease`: what only one process of all hosts does at a time, and until when it has said it would.
///
/// Times are the database's own on PostgreSQL, so that hosts whose clocks differ agree; on SQLite there is one host.
public enum LeaseTable {
    private static func now(_ session: some SQLSession) -> String {
        switch session.dialect {
        case .sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
        case .postgresql: "CAST(extract(epoch from clock_timestamp()) * 1000 AS BIGINT)"
        }
    }

    /// Takes the lease, or keeps it for longer.
    /// - Parameter milliseconds: from now on; then anybody may have it.
    /// - Returns: false when another holder's has not expired.
    public static func acquire(
        _ name: String, holder: String, milliseconds: Int64, in session: some SQLSession
    ) throws -> Bool {
        let now = now(session)
        return try session.run(
            """
            INSERT INTO martlet_lease (name, holder, expires_at) VALUES (?, ?, \(now) + ?)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
            WHERE martlet_lease.holder = excluded.holder OR martlet_lease.expires_at <= \(now)
                OR martlet_lease.expires_at > \(now) + ?
            """,
            // What expires far later than anybody asks for was written before the clock was set back.
            [.text(name), .text(holder), .integer(milliseconds), .integer(max(milliseconds, longest))]) > 0
    }

    private static let longest: Int64 = 2 * 86_400_000

    public static func release(_ name: String, holder: String, in session: some SQLSession) throws {
        try session.run("DELETE FROM martlet_lease WHERE name = ? AND holder = ?", [.text(name), .text(holder)])
    }
}
