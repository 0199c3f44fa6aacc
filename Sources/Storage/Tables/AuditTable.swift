/// A row of `martlet_audit`: who did what, from where, and what came of it.
public struct AuditEntry: Sendable, Equatable {
    /// Epoch milliseconds.
    public var at: Int64
    /// `sign-in`, `sign-out`, `refused`, …
    public var event: String
    /// `success`, `failure`, or the status that was answered.
    public var result: String
    public var userID: String?
    /// As it was typed, where no account is known.
    public var email: String?
    /// An IP address, or `unix`.
    public var source: String?
    /// What was asked for: method and path, or the way of signing in.
    public var detail: String?
    public var requestID: String?

    public init(
        at: Int64, event: String, result: String, userID: String? = nil, email: String? = nil, source: String? = nil,
        detail: String? = nil, requestID: String? = nil
    ) {
        self.at = at
        self.event = event
        self.result = result
        self.userID = userID
        self.email = email
        self.source = source
        self.detail = detail
        self.requestID = requestID
    }
}

/// Queries on `martlet_audit`.
public enum AuditTable {
    public static func insert(_ entry: AuditEntry, in session: some SQLSession) throws {
        try session.run(
            """
            INSERT INTO martlet_audit (at, event, result, user_id, email, source, detail, request_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .integer(entry.at), .text(entry.event), .text(entry.result), .optional(entry.userID),
                .optional(entry.email), .optional(entry.source), .optional(entry.detail), .optional(entry.requestID),
            ])
    }

    /// The newest first.
    public static func latest(limit: Int, in session: some SQLSession) throws -> [AuditEntry] {
        try session.rows(
            """
            SELECT at, event, result, user_id, email, source, detail, request_id
            FROM martlet_audit ORDER BY at DESC, id DESC LIMIT ?
            """, [.integer(Int64(limit))]
        ) { row in
            AuditEntry(
                at: try row.integer(0), event: try row.text(1), result: try row.text(2),
                userID: try row.optionalText(3), email: try row.optionalText(4), source: try row.optionalText(5),
                detail: try row.optionalText(6), requestID: try row.optionalText(7))
        }
    }

    /// Deletes rows from before `time` (epoch milliseconds), at most `limit` of them.
    /// - Returns: how many.
    @discardableResult
    public static func purge(before time: Int64, limit: Int, in session: some SQLSession) throws -> Int {
        try session.run(
            "DELETE FROM martlet_audit WHERE id IN (SELECT id FROM martlet_audit WHERE at < ? LIMIT ?)",
            [.integer(time), .integer(Int64(limit))])
    }
}
