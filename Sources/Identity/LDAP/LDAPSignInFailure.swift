import Egress

/// Why somebody was not let in; for the log. Who tries to sign in is told nothing of it.
enum LDAPSignInFailure: Error, Sendable {
    /// The name or the password is one that no directory has to be asked about.
    case unusable
    case search(LDAPError)
    case unknown
    /// The entry that was found has another name than the one that was typed.
    case otherName(dn: String)
    case noMail(dn: String)
    case tooManyGroups(dn: String)
    case bind(dn: String, LDAPError)
    case overloaded

    /// Whether the directory or its settings are to blame, and an operator should look.
    var isTrouble: Bool {
        switch self {
        case .search: true
        case .bind(_, let error): error.kind != .wrongPassword && error.kind != .unusableCredentials
        default: false
        }
    }
}

extension LDAPSignInFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .unusable: "the name or the password is empty, too long or has a NUL"
        case .search(let error): "the search failed: \(error)"
        case .unknown: "nobody was found"
        case .otherName(let dn): "\(dn) has another name than the one that was typed"
        case .noMail(let dn): "\(dn) has no e-mail"
        case .tooManyGroups(let dn): "\(dn) is in more than \(LDAPPerson.groupLimit) groups"
        case .bind(let dn, let error): "\(dn) was refused: \(error)"
        case .overloaded: "too many wait for the directory"
        }
    }
}
