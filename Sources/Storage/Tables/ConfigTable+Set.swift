/// Dialect point of `ConfigTable.patch`: how one key of the latest document is set. The names are plain words, the value
/// is JSON. False if a parent is there but is no object; parents that are missing are made.
extension ConfigTable {
    static func setSQLite(_ names: [Substring], _ json: String, in session: some SQLSession) throws -> Bool {
        let path = "$." + names.map { "\"\($0)\"" }.joined(separator: ".")
        try session.run(
            """
            UPDATE config SET data = json_set(data, ?, json(?)), updated_at = CURRENT_TIMESTAMP
            WHERE id = (SELECT max(id) FROM config)
            """, [.text(path), .text(json)])
        // json_set quietly does nothing when a parent is no object.
        return try session.first(
            "SELECT json_type(data, ?) IS NOT NULL FROM config ORDER BY id DESC LIMIT 1", [.text(path)]
        ) { try $0.integer(0) } == 1
    }

    /// `jsonb_set` makes no parents, so the first that is missing is set with all that is below it. The order of keys is
    /// not kept.
    static func setPostgreSQL(_ names: [Substring], _ json: String, in session: some SQLSession) throws -> Bool {
        var depth = 0
        while depth < names.count, let type = try typePostgreSQL(names.prefix(depth), in: session) {
            guard type == "object" else { return false }
            depth += 1
        }
        let value = names[depth...].reversed().reduce(json) { "{\"\($1)\":\($0)}" }
        try session.run(
            """
            UPDATE config
            SET data = CAST(jsonb_set(CAST(data AS jsonb), CAST(? AS text[]), CAST(? AS jsonb)) AS json),
                updated_at = CURRENT_TIMESTAMP
            WHERE id = (SELECT max(id) FROM config)
            """, [.text(pathPostgreSQL(names.prefix(depth))), .text(value)])
        return true
    }

    /// `jsonb_typeof` of what is at a path; nil if there is nothing.
    private static func typePostgreSQL(_ names: ArraySlice<Substring>, in session: some SQLSession) throws -> String? {
        let type = try session.first(
            "SELECT jsonb_typeof(CAST(data AS jsonb) #> CAST(? AS text[])) FROM config ORDER BY id DESC LIMIT 1",
            [.text(pathPostgreSQL(names))]
        ) { try $0.optionalText(0) }
        return type ?? nil
    }

    private static func pathPostgreSQL(_ names: ArraySlice<Substring>) -> String {
        "{" + names.map { "\"\($0)\"" }.joined(separator: ",") + "}"
    }
}
