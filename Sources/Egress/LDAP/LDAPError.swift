/// Why a directory did not do what was asked. Never has a password in it.
public struct LDAPError: Error, Sendable {
    public enum Kind: Sendable, Hashable {
        /// Empty, too long, or with a NUL. Refused before anything is sent.
        case unusableCredentials
        /// Host, base, filter or a name of an attribute cannot be asked for. Refused before anything is sent.
        case invalidRequest
        /// The directory knows the DN and not the password, or not the DN (result 49).
        case wrongPassword
        /// The directory refused the bind with another result code (RFC 4511, appendix A).
        case bindRefused(Int)
        case badFilter
        /// The directory refused the search with this result code; 32: the base does not exist, or may not be seen.
        case searchRefused(Int)
        /// No such name, no way to the host, nobody listens, or the connection was lost.
        case unreachable
        /// The directory's certificate is not trusted or not for this host, or the file of authorities is unusable.
        case certificate
        /// TLS failed for another reason.
        case tls
        case timedOut
        /// More bytes or entries than allowed.
        case tooLarge
        /// An answer that cannot be understood.
        case malformed
        /// libcurl is missing, or cannot do LDAP; or this system has no thread for it.
        case unavailable
        /// libcurl's own number (CURLcode).
        case other(Int)
    }

    public var kind: Kind
    /// For logs: may name addresses, and what the directory says of the failure.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

extension LDAPError: CustomStringConvertible {
    public var description: String { "\(kind): \(message)" }
}
