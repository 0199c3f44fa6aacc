import Contracts

/// Accounts at OAuth providers: `user.oauth` is `{provider: {"sub": subject}}`.
extension UserTable {
    /// The oldest account that is known to the provider as `subject`.
    /// - Parameter provider: a plain word, such as `oidc`.
    public static func find(
        provider: String, subject: String, in session: some SQLSession
    ) throws -> User? {
        // Dialect point: how a member of a JSON column is read. Some providers' subjects are numbers.
        let (member, path) =
            switch session.dialect {
            case .sqlite: ("CAST(json_extract(oauth, ?) AS TEXT)", "$.\"\(provider)\".\"sub\"")
            case .postgresql: ("CAST(oauth AS jsonb) #>> CAST(? AS text[])", "{\"\(provider)\",\"sub\"}")
            }
        return try session.first(
            """
            SELECT \(columns) FROM "user" WHERE oauth IS NOT NULL AND \(member) = ? ORDER BY created_at, id LIMIT 1
            """, [.text(path), .text(subject)], decode)
    }

    /// Notes that the provider knows the account as `subject`; what other providers know stays.
    /// - Parameter isNumber: the subject is kept as a number, as the provider writes it.
    public static func link(
        id: String, provider: String, subject: String, isNumber: Bool = false, at time: Int64,
        in session: some SQLSession
    ) throws {
        let stored = try session.first("SELECT oauth FROM \"user\" WHERE id = ?", [.text(id)]) {
            try $0.optionalText(0)
        }
        var document = (stored ?? nil).flatMap { try? JSONValue(json: $0.utf8) } ?? .object([:])
        let value = isNumber ? Int64(subject).map(JSONValue.integer) ?? .string(subject) : .string(subject)
        guard document[provider]?["sub"] != value else { return }
        document.set(.object(["sub": value]), at: provider)
        try session.run(
            "UPDATE \"user\" SET oauth = ?, updated_at = ? WHERE id = ?",
            [.text(spaced(document)), .integer(time), .text(id)])
    }

    /// The administrator whose account was made first.
    public static func firstAdministratorID(in session: some SQLSession) throws -> String? {
        try session.first(
            "SELECT id FROM \"user\" WHERE role = 'admin' ORDER BY created_at, id LIMIT 1", []
        ) { try $0.text(0) }
    }

    /// JSON with a space after each comma and colon: on SQLite Open WebUI looks for the very text that its own encoder
    /// writes.
    private static func spaced(_ value: JSONValue) -> String {
        switch value {
        case .object(let members):
            let texts = members.sorted { $0.key < $1.key }.map { JSONText.quoted($0.key) + ": " + spaced($0.value) }
            return "{" + texts.joined(separator: ", ") + "}"
        case .array(let elements): return "[" + elements.map(spaced).joined(separator: ", ") + "]"
        default: return value.encoded
        }
    }
}
