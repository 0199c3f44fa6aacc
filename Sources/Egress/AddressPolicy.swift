import Contracts

/// Which addresses a request may connect to. It is asked with the very address that a socket is made for, after name
/// resolution: a name cannot stand for one address when it is checked and for another when it is used.
public struct AddressPolicy: Sendable, Hashable {
    private let isPublicOnly: Bool
    /// Blocks that are allowed whatever else they are.
    public var exceptions: [AddressBlock] = []

    /// Everything: for upstreams that an operator named.
    public static let any = AddressPolicy(isPublicOnly: false)
    /// What is reachable all over the Internet: for addresses that a user named. Refused are private, loopback,
    /// link-local, multicast, reserved and documentation addresses, and IPv6 forms with another address inside.
    public static let publicOnly = AddressPolicy(isPublicOnly: true)

    public func allows(_ address: IPAddress) -> Bool {
        guard isPublicOnly, !exceptions.contains(where: { $0.contains(address) }) else { return true }
        return address.isIPv6 ? Self.isPublicIPv6(address) : !Self.specialIPv4.contains { $0.contains(address) }
    }

    private static func isPublicIPv6(_ address: IPAddress) -> Bool {
        // Behind NAT64 (RFC 6052) every IPv4 host has such an address: what counts is the one inside.
        if wellKnownNAT64?.contains(address) == true {
            let inner = IPAddress(Array(address.bytes[12...]))
            return !specialIPv4.contains { $0.contains(inner) }
        }
        return globalUnicast?.contains(address) == true && !specialIPv6.contains { $0.contains(address) }
    }

    private static let wellKnownNAT64 = AddressBlock("64:ff9b::/96")
    private static let globalUnicast = AddressBlock("2000::/3")

    /// IANA's special-purpose registry (RFC 6890), and multicast.
    private static let specialIPv4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { AddressBlock($0) }

    /// Within 2000::/3: protocol assignments with Teredo, documentation, 6to4.
    private static let specialIPv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"].compactMap {
        AddressBlock($0)
    }
}
