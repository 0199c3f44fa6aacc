extension AuthTable {
    /// Lets an account in, or keeps it out of every way of signing in. One without a row gets one that no password matches.
    public static func setActive(_ isActive: Bool, id: String, email: String, in session: some SQLSession) throws {
        let changed = try session.run(
            "UPDATE auth SET active = ? WHERE id = ?", [.integer(isActive ? 1 : 0), .text(id)])
        guard changed == 0, !isActive else { return }
        try insert(Auth(id: id, email: email, password: "!", active: false), in: session)
    }

    /// Whether the account was deactivated; false too for one without a row.
    public static func isDeactivated(id: String, in session: some SQLSession) throws -> Bool {
        try session.first("SELECT active FROM auth WHERE id = ?", [.text(id)]) { try $0.integer(0) } == 0
    }

    public static func updateEmail(id: String, email: String, in session: some SQLSession) throws {
        try session.run("UPDATE auth SET email = ? WHERE id = ?", [.text(email.lowercased()), .text(id)])
    }
}
