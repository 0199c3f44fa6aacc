/// What an administrator looks for in the list of accounts.
public struct UserSearch: Sendable {
    public enum Order: String, Sendable {
        case name, email, role
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case lastActiveAt = "last_active_at"
    }

    /// Part of a name or an e-mail, in whatever case (ASCII letters); empty: everybody.
    public var text = ""
    public var order = Order.createdAt
    public var isDescending = true
    public var offset = 0
    /// nil: all.
    public var limit: Int?

    public init() {}
}

/// The directory of accounts: pages and searches, made in SQL.
extension UserTable {
    private static let recordColumns = """
        \(columns), username, profile_banner_image_url, timezone, presence_state, info, settings, oauth, scim, job_priority
        """

    /// Positions of a row's columns.
    public enum Column: Int, CaseIterable, Sendable {
        case id, name, email, role, profileImageURL, createdAt, updatedAt, lastActiveAt
        case bio, gender, dateOfBirth, statusEmoji, statusMessage, statusExpiresAt
        case username, profileBannerImageURL, timezone, presenceState
        case info, settings, oauth, scim, jobPriority
        /// Joined by commas.
        case groupIDs
    }

    /// One page, and how many accounts match in all.
    /// - Parameter make: what is made of each account while its row is read, so that a page never holds them all.
    public static func search<Value>(
        _ search: UserSearch, in session: some SQLSession, _ make: (UserRecord) -> Value
    ) throws -> (users: [Value], total: Int) {
        (try rows(search, in: session) { make(try decodeRecord($0)) }, try count(search, in: session))
    }

    /// The same page as a JSON array.
    /// - Parameter format: columns are `Column.rawValue`.
    public static func page(
        _ search: UserSearch, as format: JSONRowFormat, in session: some SQLSession
    ) throws -> (json: [UInt8], total: Int) {
        var json = [UInt8(ascii: "[")]
        json.reserveCapacity(24 * 1_024)
        _ = try rows(search, in: session) { row in
            if json.count > 1 { json.append(UInt8(ascii: ",")) }
            try format.append(row, to: &json)
        }
        json.append(UInt8(ascii: "]"))
        return (json, try count(search, in: session))
    }

    private static func count(_ search: UserSearch, in session: some SQLSession) throws -> Int {
        let (filter, arguments) = filter(search.text)
        return try session.first("SELECT count(*) FROM \"user\" \(filter)", arguments) { Int(try $0.integer(0)) } ?? 0
    }

    private static func rows<Value>(
        _ search: UserSearch, in session: some SQLSession, _ decode: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        let (filter, arguments) = filter(search.text)
        // Order and direction are of closed sets: the text of the statement is never made of input.
        let direction = search.isDescending ? "DESC" : "ASC"
        let column = search.order == .name ? "lower(name)" : search.order.rawValue
        return try session.rows(
            """
            SELECT \(recordColumns), \(groupIDs(session)) FROM "user" \(filter)
            ORDER BY \(column) \(direction), id LIMIT ? OFFSET ?
            """, arguments + [.integer(Int64(search.limit ?? Int(Int32.max))), .integer(Int64(search.offset))], decode)
    }

    public static func record(id: String, in session: some SQLSession) throws -> UserRecord? {
        try session.first(
            "SELECT \(recordColumns), \(groupIDs(session)) FROM \"user\" WHERE id = ?", [.text(id)], decodeRecord)
    }

    /// The account that was made first: the one that no other administrator may change.
    ///
    /// Times are in seconds, so two may be equal. Dialect point: only SQLite knows which row was there first.
    public static func firstID(in session: some SQLSession) throws -> String? {
        let tie =
            switch session.dialect {
            case .sqlite: "rowid"
            case .postgresql: "id"
            }
        return try session.first("SELECT id FROM \"user\" ORDER BY created_at, \(tie) LIMIT 1", []) { try $0.text(0) }
    }

    private static func filter(_ text: String) -> (String, [SQLValue]) {
        guard !text.isEmpty else { return ("", []) }
        var pattern = ""
        for character in text.lowercased() {
            if character == "%" || character == "_" || character == "\\" { pattern += "\\" }
            pattern.append(character)
        }
        let value = SQLValue.text("%\(pattern)%")
        return ("WHERE (lower(name) LIKE ? ESCAPE '\\' OR lower(email) LIKE ? ESCAPE '\\')", [value, value])
    }

    /// Dialect point: how the texts of several rows become one. Ids have no comma.
    private static func groupIDs(_ session: some SQLSession) -> String {
        let joined =
            switch session.dialect {
            case .sqlite: "group_concat(m.group_id, ',')"
            case .postgresql: "string_agg(m.group_id, ',')"
            }
        return "(SELECT \(joined) FROM group_member m WHERE m.user_id = \"user\".id)"
    }

    private static func decodeRecord(_ row: any SQLRow) throws -> UserRecord {
        UserRecord(
            user: try decode(row), username: try row.optionalText(14), profileBannerImageURL: try row.optionalText(15),
            timezone: try row.optionalText(16), presenceState: try row.optionalText(17), info: try row.optionalText(18),
            settings: try row.optionalText(19), oauth: try row.optionalText(20), scim: try row.optionalText(21),
            jobPriority: try row.optionalInteger(22) ?? 5,
            groupIDs: try row.optionalText(23)?.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
                ?? [])
    }

    // MARK: Changes

    /// What an administrator may set of an account.
    public static func update(
        id: String, name: String, email: String, role: String, profileImageURL: String, at time: Int64,
        in session: some SQLSession
    ) throws {
        try session.run(
            "UPDATE \"user\" SET name = ?, email = ?, role = ?, profile_image_url = ?, updated_at = ? WHERE id = ?",
            [
                .text(name), .text(email.lowercased()), .text(role), .text(profileImageURL), .integer(time), .text(id),
            ])
        try session.run("UPDATE auth SET email = ? WHERE id = ?", [.text(email.lowercased()), .text(id)])
    }

    /// What people set of themselves. A date that is none is stored as NULL.
    public static func updateProfile(
        id: String, name: String, imageURL: String, bio: String?, gender: String?, dateOfBirth: String?,
        at time: Int64, in session: some SQLSession
    ) throws {
        try session.run(
            """
            UPDATE "user" SET name = ?, profile_image_url = ?, bio = ?, gender = ?, date_of_birth = CAST(? AS \(date(session))),
                updated_at = ? WHERE id = ?
            """,
            [
                .text(name), .text(imageURL), .optional(bio), .optional(gender), .optional(dateOfBirth),
                .integer(time), .text(id),
            ])
    }

    /// Dialect point: SQLite would cast a date to its year.
    private static func date(_ session: some SQLSession) -> String {
        session.dialect == .sqlite ? "TEXT" : "DATE"
    }

    public static func updateTimezone(id: String, timezone: String, in session: some SQLSession) throws {
        try session.run("UPDATE \"user\" SET timezone = ? WHERE id = ?", [.text(timezone), .text(id)])
    }

    /// `json`: an object as text.
    public static func updateSettings(id: String, json: String, at time: Int64, in session: some SQLSession) throws {
        try session.run(
            "UPDATE \"user\" SET settings = ?, updated_at = ? WHERE id = ?", [.text(json), .integer(time), .text(id)])
    }

    /// `json`: an object as text.
    public static func updateInfo(id: String, json: String, at time: Int64, in session: some SQLSession) throws {
        try session.run(
            "UPDATE \"user\" SET info = ?, updated_at = ? WHERE id = ?", [.text(json), .integer(time), .text(id)])
    }

    public static func updateStatus(
        id: String, emoji: String?, message: String?, expiresAt: Int64?, in session: some SQLSession
    ) throws {
        try session.run(
            "UPDATE \"user\" SET status_emoji = ?, status_message = ?, status_expires_at = ? WHERE id = ?",
            [.optional(emoji), .optional(message), expiresAt.map(SQLValue.integer) ?? .null, .text(id)])
    }

    /// Also of the user's jobs that wait.
    public static func updateJobPriority(id: String, priority: Int64, in session: some SQLSession) throws {
        try session.run("UPDATE \"user\" SET job_priority = ? WHERE id = ?", [.integer(priority), .text(id)])
        try session.run(
            "UPDATE job SET priority = ? WHERE user_id = ? AND status = 'queued'", [.integer(priority), .text(id)])
    }
}
