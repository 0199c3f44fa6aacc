/// What new passwords must match (`PASSWORD_VALIDATION_REGEX_PATTERN`).
public struct PasswordRule: Sendable, Equatable {
    public var pattern: String
    /// What is answered to a password that does not match; empty: a text of our own.
    public var hint: String

    public init(pattern: String, hint: String) {
        self.pattern = pattern
        self.hint = hint
    }

    /// A pattern that is no regular expression lets everything pass: it was refused when it was set.
    func check(_ password: String) throws(APIError) {
        // bcrypt takes no more, and a pattern may take long on a long text.
        guard password.utf8.count <= PasswordHasher.longest else { throw .passwordTooLong }
        guard let regex = try? Regex(pattern), (try? regex.firstMatch(in: password)) == nil else { return }
        throw hint.isEmpty ? .invalidPassword : APIError(status: 400, detail: hint)
    }
}
