import Contracts

/// Accounts at OAuth providers: `user.oauth` is `{provider: {"sub": subject}}`.
extension UserTable {
    /// The oldest account that is known to the provider as `subject`.
    /// - Parameter provider: a plain word, such as `oidc`.
    public static func find(
        provider: String, subject: String, in session: some SQLSession
    ) throws -> User? {
        // Dialect point: how a member of a JSON column is read.
        let (member, path) =
            switch session.dialect {
            case .sqlite: ("json_extract(oauth, ?)", "$.\"\(provider)\".\"sub\"")
            case .postgresql: ("CAST(oauth AS jsonb) #>> CAST(? AS text[])", "{\"\(provider)\",\"sub\"}")
            }
        return try session.first(
            """
            SELECT \(columns) FROM "user" WHERE oauth IS NOT NULL AND \(member) = ? ORDER BY created_at, id LIMIT 1
            """, [.text(path), .text(subject)], decode)
    }

    /// Notes that the provider knows the account as `subject`; what other providers know stays.
    public static func link(
        id: String, provider: String, subject: String, at time: Int64, in session: some SQLSession
    ) throws {
        let stored = try session.first("SELECT oauth FROM \"user\" WHERE id = ?", [.text(id)]) {
            try $0.optionalText(0)
        }
        var document = (stored ?? nil).flatMap { try? JSONValue(json: $0.utf8) } ?? .object([:])
        guard document[provider]?["sub"] != .string(subject) else { return }
        document.set(.object(["sub": .string(subject)]), at: provider)
        try session.run(
            "UPDATE \"user\" SET oauth = ?, updated_at = ? WHERE id = ?",
            [.text(document.encoded), .integer(time), .text(id)])
    }

    /// The administrator whose account was made first.
    public static func firstAdministratorID(in session: some SQLSession) throws -> String? {
        try session.first(
            "SELECT id FROM \"user\" WHERE role = 'admin' ORDER BY created_at, id LIMIT 1", []
        ) { try $0.text(0) }
    }
}
