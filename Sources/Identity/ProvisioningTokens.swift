import Crypto
import FoundationEssentials
import Storage

/// The tokens of provisioning clients (SCIM): 256 random bits, kept as their SHA-256.
public enum ProvisioningTokens {
    /// How a new token begins, so that scanners for secrets know it.
    public static let prefix = "scim_"
    public static let countLimit = 100
    private static let lengthLimit = 4_096

    /// Whose token it is, by name; nil: nobody's. Takes as long for one token as for another.
    /// - Parameters:
    ///   - configured: SCIM_TOKEN; empty: there is none.
    ///   - stored: those of the database.
    public static func owner(of token: String, configured: String, stored: [SCIMToken]) -> String? {
        guard (1...lengthLimit).contains(token.utf8.count) else { return nil }
        let hash = hash(token)
        var owner: String?
        for candidate in stored where areEqual(hash, candidate.hash) { owner = candidate.name }
        if areEqual(hash, self.hash(configured)), !configured.isEmpty { owner = "SCIM_TOKEN" }
        return owner
    }

    /// A new token and its row. The token is shown once and not kept.
    public static func make(name: String, at milliseconds: Int64) -> (token: String, row: SCIMToken) {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let token = prefix + hexadecimal(bytes)
        return (token, SCIMToken(name: name, hash: hash(token), createdAt: milliseconds))
    }

    private static func hash(_ token: String) -> String {
        hexadecimal(SHA256.hash(data: Data(token.utf8)))
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Looks at every byte, wherever the first difference is.
    private static func areEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
