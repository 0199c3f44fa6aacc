import Glibc

/// An IPv4 or IPv6 address: its bytes in network order, 4 or 16.
public struct IPAddress: Sendable, Hashable {
    public let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// From text such as `192.0.2.1` or `2001:db8::1`; nil for anything else, a zone (`%eth0`) too.
    public init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    /// From a `sockaddr_in` or `sockaddr_in6`; nil for other families.
    init?(socketAddress bytes: UnsafeRawBufferPointer, family: CInt) {
        // sin_addr follows family and port; sin6_addr the flow information too.
        switch family {
        case AF_INET where bytes.count >= 8: self.bytes = Array(bytes[4..<8])
        case AF_INET6 where bytes.count >= 24: self.bytes = Array(bytes[8..<24])
        default: return nil
        }
    }

    public var isIPv6: Bool { bytes.count == 16 }
}

/// Addresses with the same first bits, as `10.0.0.0/8`.
public struct AddressBlock: Sendable, Hashable {
    let prefix: [UInt8]
    let length: Int

    /// `address/bits`, or one address; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        let bits = address.bytes.count * 8
        let wanted = parts.count == 2 ? Int(parts[1]) : bits
        guard let wanted, (0...bits).contains(wanted) else { return nil }
        prefix = address.bytes
        length = wanted
    }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == prefix.count else { return false }
        let whole = length / 8
        guard address.bytes[..<whole] == prefix[..<whole] else { return false }
        let rest = length % 8
        return rest == 0 || (address.bytes[whole] ^ prefix[whole]) >> (8 - rest) == 0
    }
}
