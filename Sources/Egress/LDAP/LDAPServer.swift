/// A directory and how it is reached.
public struct LDAPServer: Sendable, Equatable {
    /// A name or an address, IPv6 without brackets.
    public var host: String
    public var port: Int
    /// ldaps:// instead of ldap://. There is no StartTLS.
    public var usesTLS: Bool
    /// File of the authorities that are trusted (PEM); nil: the system's.
    public var certificateFile: String?
    public var validatesCertificate = true
    /// OpenSSL's cipher list for TLS 1.2; nil: OpenSSL's default.
    public var ciphers: String?
    /// Until the bind is answered.
    public var connectTimeout: Duration = .seconds(5)
    /// For everything.
    public var totalTimeout: Duration = .seconds(10)

    public init(host: String, port: Int, usesTLS: Bool) {
        self.host = host
        self.port = port
        self.usesTLS = usesTLS
    }
}
