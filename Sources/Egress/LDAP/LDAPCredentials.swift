/// Who binds (RFC 4513, section 5.1). Without a DN or with an empty password the bind would succeed for everybody
/// ("unauthenticated", section 5.1.2), so such credentials cannot be made.
public struct LDAPCredentials: Sendable {
    public let dn: String
    let password: String

    public static let longestPassword = 4096

    /// - Throws: `unusableCredentials` when either is empty, too long or has a NUL.
    public init(dn: String, password: String) throws(LDAPError) {
        guard !dn.isEmpty, !dn.utf8.contains(0), dn.utf8.count <= LDAPSearch.longestDN else {
            throw LDAPError(.unusableCredentials, "the DN is empty, too long or has a NUL")
        }
        guard !password.isEmpty, !password.utf8.contains(0), password.utf8.count <= Self.longestPassword else {
            throw LDAPError(.unusableCredentials, "the password is empty, too long or has a NUL")
        }
        self.dn = dn
        self.password = password
    }
}

extension LDAPCredentials: CustomStringConvertible, CustomReflectable {
    public var description: String { "LDAPCredentials(\(dn))" }
    /// Without the password.
    public var customMirror: Mirror { Mirror(self, children: ["dn": dn]) }
}
