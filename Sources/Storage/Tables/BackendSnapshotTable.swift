/// A row of `backend_snapshot`: what one Ollama server was busy with at one moment.
public struct BackendSnapshot: Sendable, Equatable {
    public var id: Int64 = 0
    /// Epoch seconds.
    public var capturedAt: Int64
    public var backendURL: String
    /// Of the host that the collector runs on, 0 to 100.
    public var cpuPercent: Double?
    public var ramPercent: Double?
    /// nil in what follows: the server did not answer.
    public var activeJobs: Int64?
    public var queuedJobs: Int64?
    public var loadedModels: Int64?
    public var vramUsedGB: Double?
    public var tokensPerSecond: Double?

    public init(capturedAt: Int64, backendURL: String) {
        self.capturedAt = capturedAt
        self.backendURL = backendURL
    }
}

/// Queries on `backend_snapshot`.
public enum BackendSnapshotTable {
    private static let columns = """
        id, captured_at, backend_url, cpu_percent, ram_percent, active_jobs, queued_jobs, loaded_models, vram_used_gb,
        avg_tokens_per_second
        """

    public static func insert(_ snapshot: BackendSnapshot, in session: some SQLSession) throws {
        try session.run(
            """
            INSERT INTO backend_snapshot (captured_at, backend_url, cpu_percent, ram_percent, active_jobs, queued_jobs,
                loaded_models, vram_used_gb, avg_tokens_per_second)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(snapshot.capturedAt), .text(snapshot.backendURL), .optional(snapshot.cpuPercent),
                .optional(snapshot.ramPercent), .optional(snapshot.activeJobs), .optional(snapshot.queuedJobs),
                .optional(snapshot.loadedModels), .optional(snapshot.vramUsedGB), .optional(snapshot.tokensPerSecond),
            ])
    }

    /// When the newest row was taken, in epoch seconds.
    public static func newest(in session: some SQLSession) throws -> Int64? {
        try session.first("SELECT max(captured_at) FROM backend_snapshot", []) { try $0.optionalInteger(0) } ?? nil
    }

    /// Servers that have rows not older than `since`.
    public static func backends(since: Int64, in session: some SQLSession) throws -> [String] {
        try session.rows(
            "SELECT DISTINCT backend_url FROM backend_snapshot WHERE captured_at >= ? ORDER BY backend_url",
            [.integer(since)]
        ) { try $0.text(0) }
    }

    /// The newest rows of one server, newest first.
    public static func latest(
        backendURL: String, since: Int64, limit: Int, in session: some SQLSession
    ) throws -> [BackendSnapshot] {
        try session.rows(
            """
            SELECT \(columns) FROM backend_snapshot WHERE backend_url = ? AND captured_at >= ?
            ORDER BY captured_at DESC, id DESC LIMIT ?
            """, [.text(backendURL), .integer(since), .integer(Int64(limit))], decode)
    }

    /// Deletes rows from before `time` (epoch seconds), at most `limit` of them.
    /// - Returns: how many.
    @discardableResult
    public static func purge(before time: Int64, limit: Int, in session: some SQLSession) throws -> Int {
        try session.run(
            """
            DELETE FROM backend_snapshot WHERE id IN
                (SELECT id FROM backend_snapshot WHERE captured_at < ? ORDER BY captured_at LIMIT ?)
            """, [.integer(time), .integer(Int64(limit))])
    }

    private static func decode(_ row: any SQLRow) throws -> BackendSnapshot {
        var snapshot = BackendSnapshot(capturedAt: try row.integer(1), backendURL: try row.text(2))
        snapshot.id = try row.integer(0)
        snapshot.cpuPercent = try row.optionalReal(3)
        snapshot.ramPercent = try row.optionalReal(4)
        snapshot.activeJobs = try row.optionalInteger(5)
        snapshot.queuedJobs = try row.optionalInteger(6)
        snapshot.loadedModels = try row.optionalInteger(7)
        snapshot.vramUsedGB = try row.optionalReal(8)
        snapshot.tokensPerSecond = try row.optionalReal(9)
        return snapshot
    }
}
