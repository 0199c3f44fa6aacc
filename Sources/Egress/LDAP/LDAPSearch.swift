/// One search (RFC 4511, section 4.5.1).
public struct LDAPSearch: Sendable, Equatable {
    public enum Scope: String, Sendable {
        /// The base itself.
        case base
        /// The base and everything below.
        case subtree = "sub"
    }

    public var base: String
    public var scope: Scope
    /// RFC 4515; values made from input go through `LDAPFilter`.
    public var filter: String
    /// Names of the attributes that are wanted (RFC 4512, section 2.5).
    public var attributes: [String]
    /// Entries beyond which the answer is refused.
    public var entryLimit = 100

    static let longestDN = 8192
    static let longestFilter = 32_768
    /// Bytes of an answer, as libcurl writes it.
    static let answerLimit = 1 << 20
    /// Bytes from the network, of which libldap keeps a whole entry before it can be looked at.
    static let receiveLimit = 4 << 20

    public init(base: String, scope: Scope = .subtree, filter: String, attributes: [String]) {
        self.base = base
        self.scope = scope
        self.filter = filter
        self.attributes = attributes
    }

    /// Reads nothing, from the root entry that every directory has: what is left is the bind.
    static let nothing = LDAPSearch(base: "", scope: .base, filter: "(objectClass=*)", attributes: ["1.1"])
}
