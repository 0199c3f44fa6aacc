import Egress

/// What the sign-in with a directory must know (`LDAP_*`).
public struct LDAPSettings: Sendable, Equatable {
    /// `ENABLE_LDAP`.
    public var isEnabled = false
    /// `ldap://` or `ldaps://` before it is taken too.
    public var host = "localhost"
    public var port = 389
    public var usesTLS = true
    /// File of the authorities that are trusted; empty: the system's.
    public var certificateFile = ""
    public var validatesCertificate = true
    /// OpenSSL's cipher list; empty or `ALL`: its default.
    public var ciphers = "ALL"
    public var connectTimeout: Duration = .seconds(5)
    public var totalTimeout: Duration = .seconds(10)
    /// Who searches; empty: nobody, the search is anonymous.
    public var appDN = ""
    public var appPassword = ""
    /// DN below which accounts are.
    public var searchBase = ""
    /// More filters (RFC 4515) that an account's entry must match, one behind the other; may be empty.
    public var searchFilter = ""
    public var userAttribute = "uid"
    public var mailAttribute = "mail"
    /// Membership of groups is what the directory says.
    public var managesGroups = false
    /// Groups that are not there are made.
    public var createsGroups = false
    /// Its values are DNs of groups.
    public var groupsAttribute = "memberOf"

    public init() {}

    var server: LDAPServer {
        var name = host
        var isSecure = usesTLS
        for scheme in ["ldap://", "ldaps://"] where host.lowercased().hasPrefix(scheme) {
            name = String(host.dropFirst(scheme.count))
            isSecure = isSecure || scheme == "ldaps://"
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        var server = LDAPServer(host: name, port: port, usesTLS: isSecure)
        server.certificateFile = certificateFile.isEmpty ? nil : certificateFile
        server.validatesCertificate = validatesCertificate
        // "ALL" would add what OpenSSL leaves out on purpose, such as ciphers without any certificate.
        server.ciphers = ciphers.isEmpty || ciphers.uppercased() == "ALL" ? nil : ciphers
        server.connectTimeout = connectTimeout
        server.totalTimeout = totalTimeout
        return server
    }
}
