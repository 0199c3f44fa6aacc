import Egress

/// What a directory's entry says of somebody.
struct LDAPPerson: Sendable, Equatable {
    static let groupLimit = 1_000

    var dn: String
    /// The first one, in lower case.
    var email: String
    var name: String
    /// Common names of the groups.
    var groups: [String]

    /// - Parameter typed: the name that was searched for, in lower case. The entry must have it: what a directory takes
    ///   for equal may be wider than what was typed.
    init(_ entry: LDAPEntry, typed: String, _ settings: LDAPSettings) throws(LDAPSignInFailure) {
        dn = entry.dn
        guard entry.texts(settings.userAttribute).contains(where: { $0.lowercased() == typed }) else {
            throw .otherName(dn: dn)
        }
        guard let mail = entry.texts(settings.mailAttribute).first, !mail.isEmpty else { throw .noMail(dn: dn) }
        email = mail.lowercased()
        name = entry.texts("cn").first ?? email
        groups = settings.managesGroups ? Self.groups(entry.texts(settings.groupsAttribute)) : []
        guard groups.count <= Self.groupLimit else { throw .tooManyGroups(dn: dn) }
    }

    /// Names that are no DNs, or have no common name, are passed over.
    private static func groups(_ names: [String]) -> [String] {
        names.compactMap { DistinguishedName($0)?.commonName }.filter { !$0.isEmpty && !$0.utf8.contains(0) }
    }
}
